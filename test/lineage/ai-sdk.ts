import { createLatecall as create, type Latecall } from '@latecall/ai-sdk';
import { recordingWithStore } from './recording.ts';

export * from '@latecall/ai-sdk';
export const createLatecall: typeof create = (options): Latecall => create(recordingWithStore(options));
