// Approval and late results in one turn: the model asks for two payments, the user approves one and denies the other.
// Only the approved one is dispatched; it is then pending like any other call until the bank has executed it.
//
//   node examples/approval/main.ts
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createOpenAI } from '@ai-sdk/openai';
import { asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import { startOpenAIServer } from '@latecall/testing';
import { generateText, type ModelMessage, type ToolApprovalResponse } from 'ai';
import { z } from 'zod';
import { quote, toolResults } from '../shared/read-view.ts';

const server = await startOpenAIServer({
  model: (view) =>
    toolResults(view).length === 0
      ? {
          toolCalls: [
            { name: 'pay', arguments: { to: 'Printing house', amount: 40 } },
            { name: 'pay', arguments: { to: 'Stranger', amount: 9000 } },
          ],
        }
      : { text: `What became of the payments: ${quote(view, 'pay')}` },
});
const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });

// The bank takes orders at once and executes them when it likes; the booking number exists only then.
const orders: { key: string; to: string }[] = [];
const bank = {
  order: ({ key, to }: { key: string; to: string }) => {
    if (!orders.some((order) => order.key === key)) orders.push({ key, to });
    return { order: orders.length };
  },
  execute: () => ({ booking: randomUUID() }),
};

const pay = asyncTool({
  description: 'Order a payment',
  inputSchema: z.object({ to: z.string(), amount: z.number() }),
  resultSchema: z.object({ booking: z.uuid() }),
  dispatch: ({ to }, { idempotencyKey }) => bank.order({ key: idempotencyKey, to }),
});
const tools = { pay };

const later = createLatecall();
const scope = { thread: 'chat-1' };
const agent = later.wrap({ model: openai('gpt-5'), tools, scope });

const messages: ModelMessage[] = [{ role: 'user', content: 'Pay both invoices.' }];
const run = async () => {
  const result = await generateText({ ...agent, toolApproval: { pay: 'user-approval' }, messages });
  messages.push(...result.responseMessages);
  return result;
};

// 1. The AI SDK asks for approval before anything is dispatched.
const { content } = await run();
assert.deepEqual(orders, [], 'nothing is dispatched before it is approved');
const decisions = content.flatMap((part): ToolApprovalResponse[] => {
  if (part.type !== 'tool-approval-request' || part.toolCall.dynamic === true) return [];
  const { to, amount } = part.toolCall.input;
  const approved = amount < 100;
  console.log(`${approved ? 'approved' : 'denied  '}   ${amount} to ${to}`);
  return [{ type: 'tool-approval-response', approvalId: part.approvalId, approved }];
});
messages.push({ role: 'tool', content: decisions });

// 2. The approved call is dispatched; its result is still to come.
await run();
assert.deepEqual(
  orders.map(({ to }) => to),
  ['Printing house'],
  'the denied payment is never dispatched',
);
const open = asyncFunctionRequests(messages, tools);
assert.equal(open.length, 1);
assert.equal(server.requests.length, 1, 'the model is not called while the payment is pending');
console.log(`pending    ${open.map(({ handle }) => handle).join()}`);

// 3. The bank reports back.
const booking = bank.execute();
for (const { id } of open) {
  await later.settle({ id, outcome: { status: 'completed', result: booking }, tools, scope });
}
const { text } = await run();
console.log(`assistant  ${text}`);

assert.ok(text.includes(booking.booking), 'the answer holds the booking number that only the bank knew');
assert.match(text, /denied|not approved/i, 'and says that the other payment was denied');
assert.equal(orders.length, 1);
assert.equal(server.requests.length, 2);

await server.close();
