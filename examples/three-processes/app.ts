// The app, on SQLite. What it does is in ../shared/three-processes/app.ts.
import { sqliteStore } from '@latecall/stores/sqlite';
import { startApp } from '../shared/three-processes/app.ts';
import { openHistory } from './history.ts';

const { LATECALL_DB = '', APP_DB = '' } = process.env;

await startApp({ store: sqliteStore(LATECALL_DB), history: openHistory(APP_DB) });
