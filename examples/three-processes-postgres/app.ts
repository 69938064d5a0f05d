// The app, on PostgreSQL. What it does is in ../shared/three-processes/app.ts.
import { startApp } from '../shared/three-processes/app.ts';
import { openHistory } from './history.ts';
import { pool, store } from './storage.ts';

await startApp({ store, history: openHistory(pool) });
