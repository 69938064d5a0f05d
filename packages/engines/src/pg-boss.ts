export { type PgBossResumer, type PgBossResumerOptions, pgBossResumer } from './pg-boss/pg-boss-resumer.ts';
export type { TransactionAsPool, TransactionClient, TransactionPool } from './pg-boss/transaction.ts';
export type { WakeQueueOptions } from './pg-boss/wake-queue.ts';
export { type MigratingStore, type WakingStoreOptions, wakingStore } from './pg-boss/waking-store.ts';
