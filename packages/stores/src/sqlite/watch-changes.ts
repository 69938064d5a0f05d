import { watch } from 'node:fs';
import type { TaskHint } from '@latecall/core';
import type { SqlRow, SqlValue } from '../sql/sql-executor.ts';
import { scopeOf, text } from '../sql/task-row.ts';

const changesSince = `
SELECT change, scope_key, id FROM latecall_changes JOIN latecall_tasks ON seq = task
WHERE change > $1
ORDER BY change`;

const lastChange = 'SELECT COALESCE(MAX(change), 0) AS change FROM latecall_changes';

/**
 * Tells what other connections change in the file from now on, until the returned function is called. The file system
 * says when to look; where it does not, a look every `everyMs` milliseconds finds it. Keeps no process alive.
 */
export function watchChanges(input: {
  path: string;
  query: (sql: string, values: readonly SqlValue[]) => readonly SqlRow[];
  everyMs: number;
  tell: (hint: TaskHint) => void;
}): () => void {
  const { path, query, everyMs, tell } = input;
  // Changes when another connection has committed; half a microsecond a look.
  const versionOf = () => Number(query('PRAGMA data_version', [])[0]?.data_version);
  let version = versionOf();
  let last = Number(query(lastChange, [])[0]?.change);

  const look = () => {
    const now = versionOf();
    if (now === version) return;
    const changes = query(changesSince, [last]);
    version = now;
    last = Number(changes.at(-1)?.change ?? last);
    for (const change of changes) tell({ scope: scopeOf(change), id: text(change, 'id') });
  };
  const lookQuietly = () => {
    try {
      look();
    } catch {} // Locked for long, or closed: the next look finds it.
  };

  const timer = setInterval(lookQuietly, everyMs).unref();
  const stopWatching = watchFile(`${path}-wal`, lookQuietly);
  return () => {
    clearInterval(timer);
    stopWatching();
  };
}

/** Not every file system can be watched, and the number of watches is limited; the timer is enough then. */
function watchFile(file: string, changed: () => void): () => void {
  try {
    const watcher = watch(file, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
