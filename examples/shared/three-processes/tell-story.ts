// First the story without a kill, then one conversation for each point (points.ts) on the same processes: the one that
// passes the point stops dead there, is killed, and is started again. What must have come of it is in converse.ts.
import { checkOnce, converse, question } from './converse.ts';
import { points } from './points.ts';
import { withKill, withoutKill } from './stories.ts';
import { startWorld, type WorldSetup } from './world.ts';

export async function tellStory(setup: WorldSetup): Promise<void> {
  const print = (who: string, line: string) => console.log(`${who.padEnd(9)}  ${line}`);
  let tell = print;
  const world = await startWorld(setup, {
    onSaid: (said) => {
      if (said.type === 'announces') tell(said.role, `announces: ${said.reply}`);
      if (said.type !== 'passes') return;
      const { in: role, words } = points[said.point];
      if (role === said.role) tell(role, `${said.point}: ${words}`);
    },
    onOutside: (line) => tell('outside', line),
  });
  let current = 'the first story';
  const deadline = setTimeout(() => {
    const awaited = world.processes.awaited.join(', ') || 'an answer over HTTP';
    console.error(`Too slow: ${current} has not come to its end. It waits for ${awaited}.`);
    process.exit(1);
  }, 100_000);

  await world.processes.start();
  print('user', question);
  await converse(world, withoutKill, 'chat');
  tell = () => {};

  console.log('\nAnd now with kill -9:');
  for (const [index, story] of withKill.entries()) {
    const { killAt, resultMeanwhile = false, orders, modelCalls } = story;
    current = `killed at ${killAt}${resultMeanwhile ? ', and the result came meanwhile' : ''}`;
    await converse(world, story, `chat-${index}`);
    const work = `1 piece of work${orders === 1 ? '' : ` (ordered ${orders} times)`}`;
    console.log(`${current.padEnd(63)} ends right: ${work}, 1 reply, ${modelCalls} model calls`);
  }

  // Nothing of it was done once more later on.
  for (const thread of ['chat', ...withKill.keys().map((index) => `chat-${index}`)]) await checkOnce(world, thread);
  await world.close();
  clearTimeout(deadline);
}
