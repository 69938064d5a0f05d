import { waitingTasks } from '@latecall/core';
import { reportTask } from './events.ts';
import { fillOpenCalls } from './open-calls.ts';
import { type Answering, type ModelCall, project, refusedIn } from './project.ts';
import { readMessages } from './read-messages.ts';
import { takeResumed } from './take-resumed.ts';
import { waitFor } from './wait.ts';

/**
 * Lets the responses of the conversation in, and holds the run back while it waits; `false` if it has to end. Makes no
 * claim on results yet.
 */
export async function mayGoOn(call: Omit<ModelCall, 'model'>): Promise<boolean> {
  const { binding, scope, host, callsElsewhere } = call;
  const { runtime, definitions: tools } = binding;
  for (;;) {
    const transcript = readMessages(await fillOpenCalls(call));
    const open = await waitingTasks({ runtime, tools, scope, transcript, callsElsewhere, refused: refusedIn(host) });
    await reportSettled(call);
    if (open === undefined) return true;
    const waited = await waitFor({ binding, scope, host, open });
    if (waited.type === 'end') return false;
    await takeResumed(binding, scope, waited.value);
  }
}

/** Calls the model as soon as nothing is to be waited for; `undefined` if the run has to end instead. */
export async function callModel<ANSWER>(call: ModelCall & Answering<ANSWER>): Promise<ANSWER | undefined> {
  const { binding, scope, host } = call;
  for (;;) {
    const projected = await project(call);
    if (projected.type === 'answered') return projected.answer;
    const waited = await waitFor({ binding, scope, host, open: projected.open });
    if (waited.type === 'end') return undefined;
    await takeResumed(binding, scope, waited.value);
  }
}

/** Outcomes show in the stream as soon as a run knows of them, also if it goes on waiting for others. */
async function reportSettled({ binding, scope, host }: Omit<ModelCall, 'model'>): Promise<void> {
  if (host.writer === undefined) return;
  const settled = await binding.runtime.store.list(scope, {
    statuses: ['completed', 'failed', 'cancelled'],
    consumed: false,
  });
  for (const { id } of settled) await reportTask({ binding, scope, id, host });
}
