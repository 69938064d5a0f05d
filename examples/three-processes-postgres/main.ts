// The three processes of ../three-processes on PostgreSQL: the app's messages, Latecall's tasks, and pg-boss, which
// carries the wakes from process to process. Each is killed with -9 at every point of a conversation in turn.
//
//   app        takes the user's message and runs the agent for it   app.ts
//   callbacks  takes results from outside                           callbacks.ts
//   worker     runs the agent when results are in                   worker.ts
//
// Here is what they have of PostgreSQL. What they do, and the story, is in ../shared/three-processes; begin with
// tell-story.ts. The database is that of DATABASE_URL, or one that is started for the story.
//
//   node examples/three-processes-postgres/main.ts
import { postgresMissing } from '@latecall/testing';
import { tellStory } from '../shared/three-processes/tell-story.ts';
import { startDatabase } from './database.ts';

const missing = postgresMissing(); // throws in CI
if (missing !== undefined) {
  console.log(`Skipped: ${missing}.`);
} else {
  const { env, history, stop } = await startDatabase();
  await tellStory({
    programs: {
      app: new URL('./app.ts', import.meta.url),
      callbacks: new URL('./callbacks.ts', import.meta.url),
      worker: new URL('./worker.ts', import.meta.url),
    },
    env,
    history,
  });
  await stop();
}
