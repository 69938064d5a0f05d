import { type PurgeFilter, scopeKey, threadKey } from '@latecall/core';
import type { SqlExecutor } from './sql-executor.ts';
import { deleteTasks, type PurgeKind, selectOver } from './task-statements.ts';

/** Tasks that are deleted by one statement: few enough that nobody waits for it. */
const mostDeleted = 500;

/**
 * Deletes tasks portion by portion.
 *
 * @param rest Lets others write between two portions.
 */
export async function purgeTasks(
  { executor, rowLock, rest }: { executor: SqlExecutor; rowLock: string; rest: () => Promise<void> },
  { scope, before, which = 'told', limit = Number.POSITIVE_INFINITY }: PurgeFilter,
): Promise<number> {
  const { within, key }: { within: PurgeKind['within']; key: string[] } =
    scope === undefined
      ? { within: undefined, key: [] }
      : scope.branch === undefined
        ? { within: 'thread_key', key: [threadKey(scope)] }
        : { within: 'scope_key', key: [scopeKey(scope)] };
  let deleted = 0;
  // What is not to be deleted and was passed over once is not read again.
  let since = Number.MIN_SAFE_INTEGER;
  while (deleted < limit) {
    const atOnce = Math.min(mostDeleted, limit - deleted);
    const over = await executor.query(selectOver({ within, which }), [before, since, atOnce, ...key]);
    if (over.length === 0) break;
    const portion = deleteTasks({ which, tasks: over.length, rowLock });
    deleted += (await executor.query(portion, [before, ...over.map(({ seq }) => Number(seq))])).length;
    since = Number(over.at(-1)?.since);
    if (over.length < atOnce) break;
    await rest();
  }
  return deleted;
}
