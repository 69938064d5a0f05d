// What each of the three processes has open. An outcome and its wake are stored in one transaction, so that whoever
// takes a result needs no runner: the wake waits in pg-boss.
import { pgBossResumer, wakingStore } from '@latecall/engines/pg-boss';
import { postgresStore } from '@latecall/stores/postgres';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { reportError } from '../shared/three-processes/parent.ts';

// All tables are in one schema, the story's own. Without `schema`, those of pg-boss are in `pgboss`.
const { DATABASE_URL: connectionString = '', DATABASE_SCHEMA: schema = '' } = process.env;

export const pool = new pg.Pool({ connectionString, max: 4 });
pool.on('error', reportError);

export const boss = new PgBoss({ connectionString, schema, max: 4, useListenNotify: true });
boss.on('error', reportError);
await boss.start();

export const queue = 'latecall-wake';
export const resumer = pgBossResumer({ boss, queue });
export const store = wakingStore({ store: postgresStore(pool), pool, storeOn: postgresStore, resumer });
