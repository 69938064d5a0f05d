// What is around the three processes: the model (behind a strict OpenAI server, over real HTTP), the outside world, and
// whoever starts and kills.
import { randomBytes } from 'node:crypto';
import { startOpenAIServer } from '@latecall/testing';
import { toolResults } from '../read-view.ts';
import type { History } from './history.ts';
import { startOutsideWorld } from './outside-world.ts';
import { createProcesses, type ProcessesSetup } from './processes.ts';

export interface WorldSetup extends Omit<ProcessesSetup, 'onSaid'> {
  /** Where to find the databases. */
  readonly env: NodeJS.ProcessEnv;
  /** That of the processes, to look at. */
  readonly history: History;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** @param listeners Told of all that the processes say, and of all that the outside world does. */
export async function startWorld(
  { programs, env, history }: WorldSetup,
  listeners: { onSaid: ProcessesSetup['onSaid']; onOutside: (line: string) => void },
) {
  const model = await startOpenAIServer({
    model: (view) => {
      const results = toolResults(view).map(({ output }) => JSON.stringify(output));
      return results.length === 0
        ? { toolCalls: [{ name: 'renderVideo', arguments: { script: 'A cat plays chess' } }] }
        : { text: `Your video: ${results.join(' ')}` };
    },
  });
  const outside = await startOutsideWorld({
    // A deployed app keeps its address. Here each start gives another port.
    callbackOrigin: () => processes.origin('callbacks'),
    tell: listeners.onOutside,
  });
  const processes = createProcesses({
    programs,
    env: {
      ...process.env,
      ...env,
      LATECALL_SECRET: randomBytes(32).toString('hex'),
      CALLBACK_URL: 'https://app.example/callback',
      OUTSIDE_URL: outside.origin,
      OPENAI_URL: model.baseURL,
    },
    onSaid: listeners.onSaid,
  });
  return {
    history,
    model,
    outside,
    /** None is started yet. */
    processes,
    /** Ends the three processes; nothing happens any more then. */
    close: async () => {
      await processes.end();
      for (const part of [model, outside]) await part.close();
    },
  };
}
