import { sameJson } from '@latecall/core';
import { generateText, isStepCount, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import { createVirtualTime } from '../../lib/virtual-time.ts';
import { criticalPath, type Instance } from '../instance.ts';
import type { Judgement } from '../judge.ts';
import { answer, readPrompt, trueArguments } from '../oracle.ts';
import { pairingProblems } from '../prompt-view.ts';
import { aiModel } from './ai-model.ts';

export const baselineNames = ['naive', 'sequential', 'barrier'] as const;
export type BaselineName = (typeof baselineNames)[number];

const stepLimit = 500;

/**
 * The host without Latecall, on `generateText`. `naive`: the tool answers at once with a receipt, which the model takes
 * for the result. `sequential`: a tool blocks until its work is done, one call at a time. `barrier`: the host runs the
 * calls of a step at once, and waits for all of them.
 */
export async function playBaseline(
  name: BaselineName,
  { instance, modelMs }: { instance: Instance; modelMs: number },
): Promise<Judgement> {
  const time = createVirtualTime();
  const begun = time.now();
  const byKey = new Map(instance.calls.map((call) => [call.key, call]));
  const issued = new Map<string, boolean[]>();
  let turns = 0;
  let invalidPrompts = 0;
  let bindingErrors = 0;
  let endedAt: number | undefined;
  let final = new Map<string, string | null>();

  const model = aiModel(async (prompt) => {
    turns += 1;
    const turn = turns;
    invalidPrompts += pairingProblems(prompt).length;
    const reading = readPrompt(prompt, { takesReceipts: name === 'naive' });
    for (const { key, nonce } of reading.results.values()) {
      if (nonce !== undefined && byKey.get(key)?.nonce !== nonce) bindingErrors += 1;
    }
    if (modelMs > 0) await time.sleep(modelMs);
    const said = answer(instance, reading, { turn, atOnce: name === 'sequential' ? 1 : Number.POSITIVE_INFINITY });
    for (const { id, name: toolName, args } of said.calls) {
      const key = id.split('~')[0] ?? id;
      const call = byKey.get(key);
      const right = call !== undefined && call.tool === toolName && sameJson(args, trueArguments(call, byKey));
      issued.set(key, [...(issued.get(key) ?? []), right]);
    }
    if (said.final) {
      endedAt = time.now();
      final = new Map(JSON.parse(said.text) as [string, string | null][]);
    }
    return said;
  });
  const execute = async (_input: unknown, { toolCallId }: { toolCallId: string }) => {
    const call = byKey.get(toolCallId.split('~')[0] ?? '');
    if (call === undefined) throw new Error(`Nobody planned "${toolCallId}".`);
    if (name === 'naive') return { jobId: `job_${toolCallId}`, status: 'queued' };
    await time.sleep(call.delay);
    return { nonce: call.nonce };
  };
  const tools: ToolSet = Object.fromEntries(
    instance.calls.map((call) => [call.tool, tool({ inputSchema: z.record(z.string(), z.unknown()), execute })]),
  );
  const run = generateText({
    model,
    tools,
    messages: [{ role: 'user', content: 'Do it.' }],
    stopWhen: isStepCount(stepLimit),
  });
  run.then(undefined, () => {}); // a failed run has no final answer, which is judged below
  await time.play(() => endedAt !== undefined, begun + 3_600_000 + 20 * criticalPath(instance));

  const calls = instance.calls;
  const isRight = (key: string) => issued.get(key)?.length === 1 && issued.get(key)?.[0] === true;
  const isBound = (key: string) => final.get(key) === byKey.get(key)?.nonce;
  const tasks = Array.from({ length: instance.taskCount }, (_, task) => calls.filter((call) => call.task === task));
  const rightTasks = tasks.filter((own) => own.every(({ key }) => isRight(key) && isBound(key))).length;
  return {
    task: rightTasks === tasks.length,
    subTasks: { right: rightTasks, all: tasks.length },
    steps: { right: calls.filter(({ key }) => isRight(key)).length, all: calls.length },
    dispatchedOnce: { right: calls.filter(({ key }) => issued.get(key)?.length === 1).length, all: calls.length },
    callbackOnce: { right: 0, all: 0 },
    audit: { right: 0, all: 0 },
    bindingErrors,
    invalidPrompts,
    turns,
    makespan: (endedAt ?? time.now()) - begun,
    criticalPath: criticalPath(instance),
    problems: [],
  };
}
