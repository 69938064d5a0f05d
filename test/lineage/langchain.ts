import { createLatecall as create, type Latecall } from '@latecall/langchain';
import { recording } from './recording.ts';

export * from '@latecall/langchain';
export const createLatecall: typeof create = (options): Latecall => create(recording(options));
