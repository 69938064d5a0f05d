// Mode `continue`: two slow tools and one chat. The model answers at once, the user goes on talking, and each result
// enters when it has come. What a provider has been sent is never rewritten: the conversation only grows.
//
//   node examples/continue/main.ts
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import { type ModelView, startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { asLines, lastUserText } from '../shared/read-view.ts';

// The model goes by what it was sent last: a late result, the placeholders of its calls, or words of the user.
const seen: ModelView[] = [];
const server = await startOpenAIServer({
  model: (view) => {
    seen.push(view);
    const results = view.messages.at(-1)?.toolResults ?? [];
    const late = results.find(({ name }) => name === 'await_async_result');
    if (late !== undefined) return { text: `This has come: ${JSON.stringify(late.output)}` };
    if (results.length > 0) return { text: 'I have asked for both. You will hear from me.' };
    return view.messages.length === 1
      ? {
          toolCalls: [
            { name: 'applyForVisa', arguments: { country: 'Norway' } },
            { name: 'reserveCabin', arguments: { ship: 'Lofoten' } },
          ],
        }
      : { text: lastUserText(view).includes('weather') ? 'Cold. Bring a warm coat.' : 'You are welcome.' };
  },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

const applyForVisa = asyncTool({
  description: 'Apply for a visa',
  inputSchema: z.object({ country: z.string() }),
  resultSchema: z.object({ visa: z.string() }),
  dispatch: ({ country }) => ({ desk: `Embassy of ${country}` }),
});
const reserveCabin = asyncTool({
  description: 'Reserve a cabin on a ship',
  inputSchema: z.object({ ship: z.string() }),
  resultSchema: z.object({ cabin: z.string() }),
  dispatch: ({ ship }) => ({ desk: `Purser of ${ship}` }),
});
const tools = { applyForVisa, reserveCabin };

const later = createLatecall();
const scope = { thread: 'chat-1' };
const agent = later.wrap({ model: openai('gpt-5'), tools, scope, mode: 'continue' });

const messages: ModelMessage[] = [];
const run = async () => {
  const { text, responseMessages } = await generateText({ ...agent, messages });
  messages.push(...responseMessages);
  if (text !== '') console.log(`assistant  ${text}`);
  return text;
};
const say = (content: string) => {
  console.log(`user       ${content}`);
  messages.push({ role: 'user', content });
  return run();
};

// 1. Both calls are dispatched, and the same run ends with an answer.
assert.equal(
  await say('I need a visa for Norway and a cabin on the Lofoten.'),
  'I have asked for both. You will hear from me.',
);
const [visa, cabin] = asyncFunctionRequests(messages, tools);
assert.ok(visa !== undefined && cabin !== undefined, 'both are pending');

// 2. The user talks, and gets an answer.
assert.match(await say('How is the weather there in May?'), /warm coat/);

// 3. Nothing new: no model call.
const calls = server.requests.length;
assert.equal(await run(), '');
assert.equal(server.requests.length, calls);

// 4. Each result enters when it has come, here the second call's first.
const cabinFound = { cabin: randomUUID() };
await later.settle({ id: cabin.id, outcome: { status: 'completed', result: cabinFound }, tools, scope });
console.log('           (the purser has answered)');
assert.ok((await run()).includes(cabinFound.cabin), 'the number that only the purser knew');

await say('Thank you.');

const visaGranted = { visa: randomUUID() };
await later.settle({ id: visa.id, outcome: { status: 'completed', result: visaGranted }, tools, scope });
console.log('           (the embassy has answered)');
assert.ok((await run()).includes(visaGranted.visa), 'the number that only the embassy knew');

console.log('\nwhat the model was sent, the last time:');
const prompts = seen.map(asLines);
for (const line of prompts.at(-1) ?? assert.fail()) console.log(`  ${line}`);

for (const [index, prompt] of prompts.slice(1).entries()) {
  const before = prompts[index] ?? [];
  assert.deepEqual(prompt.slice(0, before.length), before, 'what was sent before was sent again, unchanged');
}
assert.deepEqual(await later.pending(scope), []);

await server.close();
