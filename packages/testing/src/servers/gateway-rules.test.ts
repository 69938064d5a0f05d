import { describe, expect, test } from 'vitest';
import { gatewayRules, refuseGateway } from './gateway-rules.ts';

const user = { role: 'user', content: [{ type: 'text', text: 'Render my script' }] };
const call = (toolCallId: string, more: object = {}): object => ({
  type: 'tool-call',
  toolCallId,
  toolName: 'render',
  input: { script: 's' },
  ...more,
});
const result = (toolCallId: unknown, more: object = {}): object => ({
  type: 'tool-result',
  toolCallId,
  toolName: 'render',
  output: { type: 'json', value: { url: 'u' } },
  ...more,
});
const assistant = (...content: readonly object[]): object => ({ role: 'assistant', content });
const tool = (...content: readonly object[]): object => ({ role: 'tool', content });
const text = (said: string): object => ({ type: 'text', text: said });
const declared = (name: string, more: object = {}): object => ({ type: 'function', name, inputSchema: {}, ...more });
const body = (...prompt: readonly object[]): object => ({ prompt });

type Golden = { refuses: string; rule: string; bad: object; good: object; message: string };

const goldens: readonly Golden[] = [
  {
    refuses: 'an empty prompt',
    rule: 'missingGatewayPrompt',
    bad: body(),
    good: body(user),
    message: 'prompt: expected a list of messages',
  },
  {
    refuses: 'an unknown call option',
    rule: 'unknownGatewayOption',
    bad: { ...body(user), latecall: {} },
    good: { ...body(user), providerOptions: {} },
    message: 'latecall: unknown call option',
  },
  {
    refuses: 'an unknown role',
    rule: 'unknownGatewayPart',
    bad: body(user, { role: 'developer', content: 'Be brief' }),
    good: body({ role: 'system', content: 'Be brief' }, user),
    message: 'prompt.1.role: unknown role',
  },
  {
    refuses: 'a part of another role',
    rule: 'unknownGatewayPart',
    bad: body({ role: 'user', content: [call('call_1')] }),
    good: body(user, assistant({ type: 'custom', kind: 'vendor.kind' })),
    message: "prompt.0.content.0.type: 'tool-call' is no part of the role 'user'",
  },
  {
    refuses: 'a result that names no call',
    rule: 'malformedGatewayToolPart',
    bad: body(user, assistant(call('call_1')), tool(result(undefined))),
    good: body(user, assistant(call('call_1')), tool(result('call_1'))),
    message: 'prompt.2.content.0.toolCallId: expected a string that is not empty',
  },
  {
    refuses: 'a result whose output is not typed',
    rule: 'malformedGatewayToolPart',
    bad: body(user, assistant(call('call_1')), tool(result('call_1', { output: 'done' }))),
    good: body(user, assistant(call('call_1')), tool(result('call_1', { output: { type: 'text', value: 'done' } }))),
    message: 'prompt.2.content.0.output: expected an output with a known type',
  },
  {
    refuses: 'a malformed tool name',
    rule: 'malformedGatewayTool',
    bad: { ...body(user), tools: [declared('caldav.render')] },
    good: { ...body(user), tools: [declared('caldav-render')] },
    message: "tools.0.name: string does not match pattern '^[a-zA-Z0-9_-]{1,128}$'",
  },
  {
    refuses: 'a tool name twice',
    rule: 'malformedGatewayTool',
    bad: { ...body(user), tools: [declared('render'), declared('render')] },
    good: { ...body(user), tools: [declared('render'), declared('other')] },
    message: "tools.1.name: another tool has the name 'render'",
  },
  {
    refuses: 'one call id on two calls of the history',
    rule: 'duplicateGatewayCall',
    bad: body(user, assistant(call('call_1'), call('call_1')), tool(result('call_1'))),
    good: body(user, assistant(call('call_1'), call('call_2')), tool(result('call_1'), result('call_2'))),
    message: "prompt.1.content.1: another tool call has the id 'call_1'",
  },
  {
    refuses: 'a result without a call',
    rule: 'gatewayResultWithoutCall',
    bad: body(user, tool(result('call_1'))),
    good: body(user, assistant(call('call_1')), tool(result('call_1'))),
    message: "prompt.1.content.0: no tool call of 'render' has the id 'call_1'",
  },
  {
    refuses: 'a result that names another tool',
    rule: 'gatewayResultWithoutCall',
    bad: body(user, assistant(call('call_1')), tool(result('call_1', { toolName: 'other' }))),
    good: body(user, assistant(call('call_1', { toolName: 'other' })), tool(result('call_1', { toolName: 'other' }))),
    message: "prompt.2.content.0: no tool call of 'other' has the id 'call_1'",
  },
  {
    refuses: 'a second result for one call',
    rule: 'duplicateGatewayResult',
    bad: body(user, assistant(call('call_1')), tool(result('call_1')), user, tool(result('call_1'))),
    good: body(user, assistant(call('call_1')), tool(result('call_1')), user),
    message: "prompt.4.content.0: the tool call 'call_1' has another result",
  },
  {
    refuses: 'a call that is not answered at the end',
    rule: 'unansweredGatewayCall',
    bad: body(user, assistant(call('call_1'), call('call_2')), tool(result('call_1'))),
    good: body(user, assistant(call('call_1'), call('call_2')), tool(result('call_2')), tool(result('call_1'))),
    message: "prompt.1.content.1: the tool call 'call_2' has no result right behind it",
  },
  {
    refuses: 'a native async call that stays open',
    rule: 'unansweredGatewayCall',
    bad: body(user, assistant(call('call_1', { providerOptions: { openai: { async: true } } })), user),
    good: body(user, assistant(call('call_1', { providerExecuted: true })), user),
    message: "prompt.1.content.0: the tool call 'call_1' has no result right behind it",
  },
  {
    refuses: 'a call that is answered behind another message',
    rule: 'unansweredGatewayCall',
    bad: body(user, assistant(call('call_1')), assistant(text('Wait.')), tool(result('call_1'))),
    good: body(user, assistant(call('call_1')), tool(result('call_1')), assistant(text('Wait.'))),
    message: "prompt.1.content.0: the tool call 'call_1' has no result right behind it",
  },
];

describe('the gateway', () => {
  test.each(goldens)('refuses $refuses', ({ rule, bad, message }) => {
    expect(refuseGateway(bad)).toEqual({ rule, status: 400, type: 'invalid_request_error', message });
  });

  test.each(goldens)('accepts the nearest good body to: $refuses', ({ good }) => {
    expect(refuseGateway(good)).toBeUndefined();
  });

  test('has a golden bad body for every rule', () => {
    expect(new Set(goldens.map(({ rule }) => rule))).toEqual(new Set(gatewayRules.map(({ name }) => name)));
  });

  test.each([[null], [[]], ['text'], [7]])('refuses a body that is no object: %j', (value) => {
    expect(refuseGateway(value)?.rule).toBe('missingGatewayPrompt');
  });

  test('accepts a synthetic call pair right behind an answered call', () => {
    const awaits = { toolName: 'await_async_result' };
    const history = body(
      user,
      assistant(text('I start it.'), call('call_1')),
      tool(result('call_1')),
      assistant(call('call_2', awaits)),
      tool(result('call_2', awaits)),
      user,
    );
    expect(refuseGateway(history)).toBeUndefined();
  });

  test("accepts results of the provider's own tools and answers to approvals", () => {
    const history = body(
      user,
      assistant(call('call_1', { providerExecuted: true }), result('call_1')),
      tool({ type: 'tool-approval-response', approvalId: 'a', approved: true }),
    );
    expect(refuseGateway(history)).toBeUndefined();
  });
});
