import { expect, it } from 'vitest';
import {
  asks,
  calls,
  createScene,
  createSeededBytes,
  placed,
  render,
  says,
  scope,
  type TestMessage,
} from '../../test/fixtures.ts';
import { isTerminal } from '../index.ts';

/**
 * A conversation by chance: orders under keys of their own, things built on them, deadlines with late results, two modes,
 * users who speak in between, runs that are broken off. Returns every prompt that a model has answered.
 */
async function converseByChance(seed: number): Promise<string[][]> {
  const bytes = createSeededBytes(seed);
  const draw = (below: number) => (bytes(1)[0] ?? 0) % below;
  const scene = createScene({
    randomBytes: createSeededBytes(seed + 1_000),
    tools: {
      order: { mode: 'continue', idempotencyKey: ({ no }: { no: number }) => `no-${no}` },
      render: { deadline: '1m', lateResult: 'accept' },
      build: { mode: 'continue', dependsOn: ({ on }: { on: string[] }) => on },
    },
  });
  let messages: TestMessage[] = [asks()];
  let atRest = true;
  const prompts: string[][] = [];

  const call = async (turn: string) => {
    const toolName = ['order', 'render', 'build'][draw(3)] ?? 'order';
    const known = await scene.store.list(scope);
    const on = known.slice(0, draw(3)).map(({ handle }) => handle);
    const args = { order: { no: draw(2) }, render: { script: 'a' }, build: { on } }[toolName];
    const request = await scene.dispatch({ turn, toolName, callId: `call_${turn}`, arguments: args });
    messages = [...messages, calls([`call_${turn}`, toolName]), placed(request)];
  };
  const settle = async () => {
    const open = (await scene.store.list(scope)).filter(({ lateResult, status }) => lateResult || !isTerminal(status));
    const task = open[draw(Math.max(open.length, 1))];
    if (task !== undefined) await scene.complete(task.id, `result of ${task.handle}`);
  };

  for (let step = 0; step < 25; step += 1) {
    switch (draw(5)) {
      case 0:
        await call(`t${step}`);
        break;
      case 1:
        await settle();
        break;
      case 2:
        messages = [...messages, asks(`${step}?`)];
        break;
      case 3:
        await scene.clock.advance(draw(2) * 40_000);
        break;
      default:
    }
    const turn = await scene.begin(messages, { claimant: `run-${step}`, atRest: atRest || draw(3) > 0 });
    if (turn.type === 'suspended') continue;
    atRest = draw(6) === 0; // a run that is broken off ends the generation
    if (atRest) await turn.release();
    else prompts.push(render(messages, turn.plan));
    if (!atRest) messages = [...messages, says(`Answer ${step}.`, await turn.finish())];
  }
  return prompts;
}

const seeds = Array.from({ length: 150 }, (_, index) => index + 1);

it.each(seeds)('every prompt answers each call once, and keeps what was sent before (seed %i)', async (seed) => {
  const prompts = await converseByChance(seed);
  expect(prompts.length).toBeGreaterThan(0);
  for (const [index, prompt] of prompts.entries()) {
    const made = prompt.flatMap((line) => (/^assistant .* calls (\S+)$/.exec(line) ?? []).slice(1));
    const answered = prompt.flatMap((line) => (/^tool (\S+)/.exec(line) ?? []).slice(1));
    expect(answered).toEqual(made);
    const appended = prompt.flatMap((line) => (/^append (\S+)/.exec(line) ?? []).slice(1));
    expect(new Set(appended).size).toBe(appended.length);
    const before = prompts[index - 1] ?? [];
    expect(prompt.slice(0, before.length)).toEqual(before);
  }
});
