// The process beside the app: a stand-in for the language model, and one for the outside world.
import { startOpenAIServer } from '@latecall/testing';
import { startOutsideWorld } from './outside-world.ts';
import { script } from './script.ts';

const { baseURL: modelUrl } = await startOpenAIServer({ model: script });
const { origin: outsideUrl } = await startOutsideWorld();
process.send?.({ modelUrl, outsideUrl });
process.once('disconnect', () => process.exit()); // the app is gone
