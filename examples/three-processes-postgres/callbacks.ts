// The callback receiver, on PostgreSQL. What it does is in ../shared/three-processes/callbacks.ts.
import { startCallbacks } from '../shared/three-processes/callbacks.ts';
import { store } from './storage.ts';

await startCallbacks({ store });
