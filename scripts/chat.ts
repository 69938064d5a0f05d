// Starts the chat of examples/next-chat on a free port and says where it is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { rootFolder } from './lib/workspace.ts';

const folder = join(rootFolder, 'examples/next-chat');
const port = await freePort(Number(process.env.PORT ?? 3000));

const server = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'dev', '-p', String(port)], {
  cwd: folder,
  stdio: ['inherit', 'pipe', 'inherit'],
  env: { ...process.env, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));

let ready = false;
server.stdout.on('data', (chunk: Buffer) => {
  const said = chunk.toString();
  if (ready) process.stdout.write(said);
  if (ready || !said.includes('Ready')) return;
  ready = true;
  for (const page of ['/', '/api/chat/warm-up']) fetch(`http://localhost:${port}${page}`).catch(() => {}); // compiles them
  const model = process.env.OPENAI_API_KEY
    ? 'the real OpenAI API'
    : 'a scripted stand-in; OPENAI_API_KEY takes the real one';
  console.log(
    `\nThe chat is at http://localhost:${port}\nModel: ${model}.\nCtrl-C stops it. Start it again: it goes on.\n`,
  );
});

const [code] = await once(server, 'exit');
process.exitCode = code ?? 0;

/** The wished port, or the next one that is free. */
async function freePort(wished: number): Promise<number> {
  for (let candidate = wished; candidate < wished + 50; candidate += 1) {
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(candidate, () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => {
      probe.close(resolve);
    });
    return candidate;
  }
  throw new Error(`No port is free from ${wished} on. Name another one in PORT.`);
}
