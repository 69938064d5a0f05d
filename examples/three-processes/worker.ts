// The worker, on SQLite: it hears of results from the store. What it does is in ../shared/three-processes/worker.ts.
import { sqliteStore } from '@latecall/stores/sqlite';
import { startWorker } from '../shared/three-processes/worker.ts';
import { openHistory } from './history.ts';

const { LATECALL_DB = '', APP_DB = '' } = process.env;

await startWorker({ store: sqliteStore(LATECALL_DB), history: openHistory(APP_DB) });
