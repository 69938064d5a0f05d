// The callback receiver, on SQLite. What it does is in ../shared/three-processes/callbacks.ts.
import { sqliteStore } from '@latecall/stores/sqlite';
import { startCallbacks } from '../shared/three-processes/callbacks.ts';

const { LATECALL_DB = '' } = process.env;

await startCallbacks({ store: sqliteStore(LATECALL_DB) });
