import { fork } from 'node:child_process';
import { once as event } from 'node:events';
import { join } from 'node:path';
import { once } from './once.ts';

/**
 * Starts, as a process of its own, what this example lacks: a stand-in for the language model unless there is a key, and
 * one for the outside world unless there is an address. Both speak real HTTP. An app of yours has nothing of this.
 */
export function startStandIns(): Promise<void> {
  return once('stand-ins', async () => {
    if (process.env.OPENAI_API_KEY && process.env.OUTSIDE_URL) return;
    const child = fork(/* turbopackIgnore: true */ join(process.cwd(), 'local/main.ts'), { execArgv: [] });
    const [{ modelUrl, outsideUrl }] = (await event(child, 'message')) as [{ modelUrl: string; outsideUrl: string }];
    process.env.OUTSIDE_URL ??= outsideUrl;
    if (!process.env.OPENAI_API_KEY) Object.assign(process.env, { OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: 'local' });
  });
}
