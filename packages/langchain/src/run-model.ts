import { isOrdinary, type TaskRecord, waitingTasks } from '@latecall/core';
import { reportTask } from './events.ts';
import { fillOpenCalls } from './open-calls.ts';
import { type Answering, type ModelCall, project, refusedIn } from './project.ts';
import { readMessages } from './read-messages.ts';
import { takeResumed } from './take-resumed.ts';
import { waitFor } from './wait.ts';

/** A conversation at hand. */
export type Conversing = Pick<ModelCall, 'binding' | 'scope' | 'messages' | 'host'>;

/**
 * Lets the responses of the conversation in, and says what the run waits for; `undefined` if nothing keeps it from going
 * on. Makes no claim on results yet.
 */
export async function waitingIn(call: Conversing): Promise<readonly TaskRecord[] | undefined> {
  const { binding, scope, host } = call;
  const { runtime, definitions: tools } = binding;
  const transcript = readMessages(await fillOpenCalls(call));
  if (await isOrdinary({ runtime, tools, scope, transcript })) return undefined;
  const { idleTurns } = binding;
  const open = await waitingTasks({ runtime, tools, scope, transcript, idleTurns, refused: refusedIn(host) });
  await reportSettled(call);
  return open;
}

/** Calls the model as soon as nothing is to be waited for; `undefined` if the run has to end instead. */
export async function callModel<ANSWER>(call: ModelCall & Answering<ANSWER>): Promise<ANSWER | undefined> {
  const { binding, scope, host } = call;
  for (;;) {
    const projected = await project(call);
    if (projected.type === 'answered') return projected.answer;
    if (projected.exhausted === true) return undefined;
    const waited = await waitFor({ binding, scope, host, open: projected.open });
    if (waited.type === 'end') return undefined;
    await takeResumed(binding, scope, waited.value);
  }
}

/** Outcomes show in the stream as soon as a run knows of them, also if it goes on waiting for others. */
async function reportSettled({ binding, scope, host }: Conversing): Promise<void> {
  if (host.writer === undefined) return;
  const settled = await binding.runtime.store.list(scope, {
    statuses: ['completed', 'failed', 'cancelled'],
    consumed: false,
  });
  for (const { id } of settled) await reportTask({ binding, scope, id, host });
}
