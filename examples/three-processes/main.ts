// Three processes on one SQLite file, each killed with -9 at every point of a conversation in turn.
//
//   app        takes the user's message and runs the agent for it   app.ts
//   callbacks  takes results from outside                           callbacks.ts
//   worker     runs the agent when results are in                   worker.ts
//
// Here is what they have of SQLite. What they do, and the story, is in ../shared/three-processes; begin with
// tell-story.ts.
//
//   node examples/three-processes/main.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellStory } from '../shared/three-processes/tell-story.ts';
import { openHistory } from './history.ts';

const folder = await mkdtemp(join(tmpdir(), 'latecall-three-processes-'));
const env = { LATECALL_DB: join(folder, 'latecall.db'), APP_DB: join(folder, 'app.db') };
const history = openHistory(env.APP_DB);

await tellStory({
  programs: {
    app: new URL('./app.ts', import.meta.url),
    callbacks: new URL('./callbacks.ts', import.meta.url),
    worker: new URL('./worker.ts', import.meta.url),
  },
  env,
  history,
});
history.close();
await rm(folder, { recursive: true });
