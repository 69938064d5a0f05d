// The worker, on PostgreSQL: pg-boss delivers the wakes to it. What it does is in ../shared/three-processes/worker.ts.
import { startWorker } from '../shared/three-processes/worker.ts';
import { openHistory } from './history.ts';
import { boss, pool, queue, resumer, store } from './storage.ts';

// A job that a worker was killed in stays active until pg-boss finds out, after one to two minutes, and as long as it
// does, no other wake of that conversation is delivered. But this app has one worker: when it starts, nobody can be at
// such a job, so they are cancelled. No wake is lost, since the runner begins with what is ready in the store. With
// several workers leave this out: pg-boss does find out.
const { rows } = await pool.query<{ id: string }>("SELECT id FROM job WHERE name = $1 AND state = 'active'", [queue]);
const ofTheDead = rows.map(({ id }) => id);
if (ofTheDead.length > 0) await boss.cancel(queue, ofTheDead);

await startWorker({ store, history: openHistory(pool), resumer });
