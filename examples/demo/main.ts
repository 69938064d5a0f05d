// The whole of Latecall in one picture: two videos are rendered by another process and take a while; the model asks for
// both at once, and for the weather. First with Latecall, then with a plain tool that returns the receipt.
//
//   pnpm demo        offline, about 6 seconds
//
// Stop it half way, however roughly, and start it again: the first story goes on from where it was. The second one
// cannot, and begins anew. What is kept for that is in .latecall-demo, in the folder of the repository. It is deleted
// at the end of a whole run; delete it yourself to begin anew.
//
// With OPENAI_API_KEY set, the real gpt-5 plays the model. Nobody knows beforehand what it makes of a receipt, so the
// second story then proves nothing and is only printed.
import assert from 'node:assert/strict';
import { sqliteStore } from '@latecall/stores/sqlite';
import { type Chat, openChat } from './chat.ts';
import { startModel } from './model.ts';
import { startOutside } from './start-outside.ts';
import { deleteState, makeStateFolder, shownFolder } from './state.ts';
import { beginStory, paint, printBeside } from './terminal.ts';
import { watchModel } from './watch-model.ts';
import { withLatecall } from './with-latecall.ts';
import { withoutLatecall } from './without-latecall.ts';

const files = makeStateFolder();
const chat = openChatAlone();
const goesOn = chat.messages.length > 0;
process.once('SIGINT', () => {
  console.log('\nStopped. Start it again: it goes on from here.');
  process.exit(130);
});

const { model, scripted, close } = await startModel();
const store = sqliteStore(files.latecall);
const outside = await startOutside(files.outside);

const print = (name: string, text: string) => console.log(paint('dim', `${name.padEnd(13)}  ${text}`));
print('model', scripted ? 'scripted, behind a strict local OpenAI server' : 'gpt-5 of OpenAI');
print('this process', `${process.pid}, the app`);
print('outside world', `${outside.pid}, renders videos and posts their links when they are done`);
if (goesOn) {
  const { unfinished } = outside;
  if (unfinished.length > 0) print('', `goes on with ${unfinished.join(' and ')} of the run that was stopped`);
  print('state', `${shownFolder} of the run that was stopped: this one goes on; delete the folder to begin anew`);
} else {
  print('state', `${shownFolder}; stop this with Ctrl-C or kill -9, start it again, and it goes on`);
}

let tell = beginStory(`1. With Latecall: asyncTool({ dispatch })${goesOn ? ', going on' : ''}`);
const nextNumber = () => {
  chat.keepNumber('calls', chat.number('calls') + 1);
  return chat.number('calls');
};
const late = await withLatecall({ watched: watchModel({ model, tell, nextNumber }), outside, tell, chat, store });
const { jobs: lateJobs, statusChecks } = await outside.ledger();
await outside.stop();
tell('app', 'waited', `model calls while waiting: ${late.modelCallsWhileWaiting}, status checks: ${statusChecks}`);

const another = await startOutside(); // without a database: nobody could go on with this story
tell = beginStory('2. Without Latecall: tool({ execute }) that returns the receipt');
const plain = await withoutLatecall({ watched: watchModel({ model, tell }), outside: another, tell });
const { jobs: plainJobs } = await another.ledger();
await another.stop();

// What the outside world made, by its own books: does the answer hold it?
const holds = (answer: string, jobs: typeof lateJobs) =>
  jobs.length > 0 && jobs.every(({ url }) => answer.includes(url));
const lateHolds = holds(late.answer, lateJobs);
const plainHolds = holds(plain.answer, plainJobs);
printBeside(
  { title: 'Answer with Latecall', text: late.answer, ...verdict(lateHolds) },
  { title: 'Answer without Latecall', text: plain.answer, ...verdict(plainHolds) },
);
function verdict(good: boolean) {
  return { good, verdict: `holds the outside's links: ${good ? 'yes' : 'no'}` };
}

await close();
store.close();
chat.close();
deleteState();

assert.ok(lateHolds, 'the answer holds the links that only the other process knew');
assert.equal(lateJobs.length, 2, 'each video was ordered once');
assert.equal(late.modelCallsWhileWaiting, 0);
assert.equal(statusChecks, 0);
if (scripted) assert.ok(!plainHolds, 'a receipt was reported as done');

function openChatAlone(): Chat {
  try {
    return openChat(files.app);
  } catch (error) {
    console.error(`Cannot open ${shownFolder} (${String(error)}). Is the demo running already?`);
    return process.exit(1);
  }
}
