// The whole of Latecall in one picture: two videos are rendered by another process and take a while; the model asks for
// both at once, and for the weather. First with Latecall, then with a plain tool that returns the receipt.
//
//   pnpm demo        offline, about 6 seconds
//
// With OPENAI_API_KEY set, the real gpt-5 plays the model. Nobody knows beforehand what it makes of a receipt, so the
// second story then proves nothing and is only printed.
import assert from 'node:assert/strict';
import { startModel } from './model.ts';
import { startOutside } from './start-outside.ts';
import { beginStory, paint, printBeside } from './terminal.ts';
import { watchModel } from './watch-model.ts';
import { withLatecall } from './with-latecall.ts';
import { withoutLatecall } from './without-latecall.ts';

const { model, scripted, close } = await startModel();
const outside = await startOutside();

console.log(
  paint('dim', `model          ${scripted ? 'scripted, behind a strict local OpenAI server' : 'gpt-5 of OpenAI'}`),
);
console.log(paint('dim', `this process   ${process.pid}, the app`));
console.log(paint('dim', `outside world  ${outside.pid}, renders videos and posts their links when they are done`));

let tell = beginStory('1. With Latecall: asyncTool({ dispatch })');
const late = await withLatecall({ watched: watchModel({ model, tell }), outside, tell });
const { jobs: lateJobs, statusChecks } = await outside.ledger();
tell('app', 'waited', `model calls while waiting: ${late.modelCallsWhileWaiting}, status checks: ${statusChecks}`);

tell = beginStory('2. Without Latecall: tool({ execute }) that returns the receipt');
const plain = await withoutLatecall({ watched: watchModel({ model, tell }), outside, tell });
const plainJobs = (await outside.ledger()).jobs.slice(lateJobs.length);

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

outside.stop();
await close();

assert.ok(lateHolds, 'the answer holds the links that only the other process knew');
assert.equal(lateJobs.length, 2, 'each video was ordered once');
assert.equal(late.modelCallsWhileWaiting, 0);
assert.equal(statusChecks, 0);
if (scripted) assert.ok(!plainHolds, 'a receipt was reported as done');
