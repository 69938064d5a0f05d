// One conversation, from the user's message to the announced reply, and what must have come of it.
import assert from 'node:assert/strict';
import { replyIn } from './history.ts';
import { type Point, points } from './points.ts';
import type { Said } from './processes.ts';
import type { Story } from './stories.ts';
import type { World } from './world.ts';

export const question = 'Make me a video of a cat that plays chess.';

export async function converse(world: World, story: Story, thread: string): Promise<void> {
  const { processes, outside, model } = world;
  const { killAt, resultMeanwhile = false } = story;
  const before = { work: outside.work.length, orders: outside.orders, requests: model.requests.length };

  const kill = killAt === undefined ? undefined : await prepareKill(world, { point: killAt, thread, resultMeanwhile });
  const restarted = kill?.();
  const message = { method: 'POST', body: JSON.stringify({ thread, text: question }) };
  const sent = fetch(processes.origin('app'), message).catch(() => undefined); // the app may die before it answers
  if (!resultMeanwhile) {
    await processes.hear('the agent to wait', saidIn(thread, 'waits'));
    await outside.postResults();
  }
  const { reply } = await processes.hear('the reply', saidIn(thread, 'announces'));
  await processes.hear('the reply to be marked as announced', saidIn(thread, 'has announced'));
  await restarted;
  const answer = await sent;
  if (killAt === undefined) assert.equal(answer?.status, 202);

  const [job, ...others] = outside.work.slice(before.work);
  assert.ok(job !== undefined && others.length === 0, 'one piece of work');
  assert.equal(outside.orders - before.orders, story.orders);
  assert.ok(reply.includes(job.url), 'the reply holds the link that only the outside world knew');

  const requests = model.requests.slice(before.requests);
  for (const { responseStatus } of requests) assert.equal(responseStatus, 200, 'the provider has accepted it');
  assert.equal(requests.length, story.modelCalls);
  if (killAt === 'model called' || killAt === 'consumed') {
    assert.deepEqual(requests[2]?.body, requests[1]?.body, 'the model is sent the very same again');
  }
  await checkOnce(world, thread);
}

/** What has happened once, whatever else has happened since. */
export async function checkOnce({ processes, history }: World, thread: string): Promise<void> {
  const audit = processes.said.filter(saidIn(thread, 'audit')).map(({ event }) => event.type);
  for (const once of ['task.created', 'task.settled', 'task.consumed']) {
    assert.equal(audit.filter((type) => type === once).length, 1, `one ${once} over all processes`);
  }
  assert.ok(!audit.includes('history.ignored'), 'each process takes what the others have signed');
  const announced = processes.said.filter(saidIn(thread, 'announces')).map(({ reply }) => reply);
  assert.equal(announced.length, 1, 'one reply announced');
  const replies = (await history.messages(thread)).flatMap((message) => replyIn(message) ?? []);
  assert.deepEqual(replies, announced, 'one reply in the history');
}

/** Tells the process where to stop. What it returns waits for that, kills the process there and starts it again. */
async function prepareKill(
  { processes, outside }: World,
  { point, thread, resultMeanwhile }: { point: Point; thread: string; resultMeanwhile: boolean },
): Promise<() => Promise<void>> {
  const { in: role } = points[point];
  await processes.stopAt(role, { point, thread });
  return async () => {
    await processes.hear(`the ${role} to stop at "${point}"`, saidIn(thread, 'stops'));
    await processes.kill(role);
    if (resultMeanwhile) await outside.postResults();
    await processes.start([role]);
  };
}

function saidIn<TYPE extends Said['type']>(thread: string, type: TYPE) {
  return (said: Said): said is Extract<Said, { type: TYPE }> =>
    said.type === type && 'thread' in said && said.thread === thread;
}
