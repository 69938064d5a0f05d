// What is around the three processes: the model (behind a strict OpenAI server, over real HTTP), the outside world, the
// databases, and whoever starts and kills.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenAIServer } from '@latecall/testing';
import { toolResults } from '../shared/read-view.ts';
import { openHistory } from './history.ts';
import { startOutsideWorld } from './outside-world.ts';
import { createProcesses, type Said } from './processes.ts';

export type World = Awaited<ReturnType<typeof startWorld>>;

/** @param listeners Told of all that the processes say, and of all that the outside world does. */
export async function startWorld(listeners: { onSaid: (said: Said) => void; onOutside: (line: string) => void }) {
  const folder = await mkdtemp(join(tmpdir(), 'latecall-three-processes-'));
  const appDatabase = join(folder, 'app.db');
  const history = openHistory(appDatabase);
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
    env: {
      ...process.env,
      LATECALL_DB: join(folder, 'latecall.db'),
      LATECALL_SECRET: randomBytes(32).toString('hex'),
      CALLBACK_URL: 'https://app.example/callback',
      OUTSIDE_URL: outside.origin,
      APP_DB: appDatabase,
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
      for (const part of [model, outside, history]) await part.close();
      await rm(folder, { recursive: true });
    },
  };
}
