import type { ConformanceTool } from '@latecall/testing';
import { z } from 'zod';
import type { Result } from './oracle.ts';
import type { OutsideWorld } from './outside.ts';
import type { Life } from './process.ts';
import type { Random } from './random.ts';
import type { Settings, ToolSettings } from './settings.ts';

const inputSchema = z.object({
  work: z.string(),
  after: z.array(z.string()).optional(),
  seen: z.array(z.string()).optional(),
});

const resultSchema = z.object({ nonce: z.string(), of: z.string(), fixed: z.boolean().optional() });

type Input = z.infer<typeof inputSchema>;

/** The tools of one process: what they do reaches the outside through it. */
export function createTools(setup: {
  settings: Settings;
  life: Life;
  outside: OutsideWorld;
  random: Random;
}): ConformanceTool[] {
  const { settings } = setup;
  const weather: ConformanceTool = {
    name: 'weather',
    kind: 'sync',
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => ({ city, sky: 'clear' }),
  };
  return [...settings.tools.map((tool) => asyncToolOf(tool, setup)), weather];
}

function asyncToolOf(
  tool: ToolSettings,
  { life, outside, random }: { life: Life; outside: OutsideWorld; random: Random },
): ConformanceTool {
  const { name, mode, scheduling, delivery, deadlineMs, lateResult, ownKey, onResult, dependent, native } = tool;
  return {
    name,
    kind: 'async',
    inputSchema,
    ...(native === undefined ? {} : { native }),
    definition: {
      mode,
      scheduling,
      delivery,
      resultSchema,
      ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }),
      ...(lateResult === undefined ? {} : { lateResult }),
      ...(tool.onInterruptedDispatch === undefined ? {} : { onInterruptedDispatch: tool.onInterruptedDispatch }),
      ...(ownKey === undefined ? {} : { idempotencyKey: ({ work }: Input) => work }),
      ...(dependent === undefined ? {} : { dependsOn: ({ after = [] }: Input) => after }),
      ...(onResult === undefined
        ? {}
        : {
            onResult: (result: Result) =>
              life.ask('onResult', () => {
                if (random.chance(0.1)) throw new Error(`onResult cannot use ${result.nonce}`);
                return { ...result, fixed: true };
              }),
          }),
      onCancel: (task) => life.ask(`outside.cancel ${task.id}`, () => outside.cancel(task)),
      dispatch: (input: Input, { id, idempotencyKey, callback, scope }) =>
        life.ask(`outside.submit ${name} ${input.work} ${id}`, () =>
          outside.submit({ id, idempotencyKey, input, tool: name, thread: scope.thread, callback }),
        ),
    },
  };
}
