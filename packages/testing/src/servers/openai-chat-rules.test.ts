import { describe, expect, test } from 'vitest';
import { openaiChatRules, refuseOpenAIChat } from './openai-chat-rules.ts';

const user = { role: 'user', content: 'Render my script' };
const call = (id: unknown, name: unknown = 'render', input: unknown = '{"script":"s"}'): object => ({
  id,
  type: 'function',
  function: { name, arguments: input },
});
const calls = (...list: readonly object[]): object => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, content = '{"url":"u"}'): object => ({ role: 'tool', tool_call_id: id, content });
const tool = (name: string, more: object = {}): object => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} }, ...more },
});
const body = (...messages: readonly unknown[]): object => ({ model: 'gpt-5', messages });

type Golden = {
  refuses: string;
  rule: string;
  bad: object;
  good: object;
  message: string;
  param: string | null;
  code?: string;
};

const goldens: readonly Golden[] = [
  {
    refuses: 'a request without messages',
    rule: 'missingChatField',
    bad: { model: 'gpt-5' },
    good: body(user),
    message: "Missing required parameter: 'messages'.",
    param: 'messages',
    code: 'missing_required_parameter',
  },
  {
    refuses: 'an empty history',
    rule: 'emptyChatMessages',
    bad: body(),
    good: body(user),
    message:
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    param: 'messages',
    code: 'empty_array',
  },
  {
    refuses: 'an unknown parameter',
    rule: 'unknownChatParameter',
    bad: { ...body(user), latecall: {} },
    good: { ...body(user), user: 'someone' },
    message: "Unknown parameter: 'latecall'.",
    param: 'latecall',
    code: 'unknown_parameter',
  },
  {
    refuses: 'an unknown role',
    rule: 'unknownChatRole',
    bad: body({ role: 'model', content: 'Hi' }),
    good: body({ role: 'developer', content: 'Hi' }),
    message:
      "Invalid value: 'model'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
    param: 'messages[0].role',
    code: 'invalid_value',
  },
  {
    refuses: 'an unknown field of a message',
    rule: 'unknownChatMessageField',
    bad: body({ ...user, providerOptions: {} }),
    good: body({ ...user, name: 'sam' }),
    message: "Unknown parameter: 'messages[0].providerOptions'.",
    param: 'messages[0].providerOptions',
    code: 'unknown_parameter',
  },
  {
    refuses: 'an unknown field of a tool call',
    rule: 'unknownChatMessageField',
    bad: body(user, calls({ ...call('call_1'), index: 0 }), result('call_1')),
    good: body(user, calls(call('call_1')), result('call_1')),
    message: "Unknown parameter: 'messages[1].tool_calls[0].index'.",
    param: 'messages[1].tool_calls[0].index',
    code: 'unknown_parameter',
  },
  {
    refuses: 'a content part of another provider',
    rule: 'invalidChatContent',
    bad: body({ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] }),
    good: body({ role: 'user', content: [{ type: 'text', text: 'Hi' }] }),
    message: "Invalid value: 'tool_result'. Supported values are: 'text', 'image_url', 'input_audio', and 'file'.",
    param: 'messages[0].content[0].type',
    code: 'invalid_value',
  },
  {
    refuses: 'a message without content and without calls',
    rule: 'invalidChatContent',
    bad: body(user, { role: 'assistant', content: null }),
    good: body(user, { role: 'assistant', content: 'Done' }),
    message: "Invalid value for 'content': expected a string, got null.",
    param: 'messages[1].content',
  },
  {
    refuses: 'an empty list of tool calls',
    rule: 'emptyChatToolCalls',
    bad: body(user, { role: 'assistant', content: 'Hi', tool_calls: [] }),
    good: body(user, { role: 'assistant', content: 'Hi' }),
    message:
      "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    param: 'messages[1].tool_calls',
    code: 'empty_array',
  },
  {
    refuses: 'tool calls that are null',
    rule: 'emptyChatToolCalls',
    bad: body(user, { role: 'assistant', content: 'Hi', tool_calls: null }),
    good: body(user, { role: 'assistant', content: 'Hi' }),
    message: "Invalid type for 'messages[1].tool_calls': expected an array of objects, but got null instead.",
    param: 'messages[1].tool_calls',
    code: 'invalid_type',
  },
  {
    refuses: 'a call id of more than 40 characters',
    rule: 'malformedChatCallId',
    bad: body(user, calls(call('c'.repeat(51))), result('c'.repeat(51))),
    good: body(user, calls(call('c'.repeat(40))), result('c'.repeat(40))),
    message:
      "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 51 instead.",
    param: 'messages[1].tool_calls[0].id',
    code: 'string_above_max_length',
  },
  {
    refuses: 'a tool message that names no call',
    rule: 'missingChatToolCallId',
    bad: body(user, calls(call('call_1')), { role: 'tool', content: 'ok' }),
    good: body(user, calls(call('call_1')), result('call_1', 'ok')),
    message: "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
    param: 'messages.[2].tool_call_id',
  },
  {
    refuses: 'a malformed name in a call',
    rule: 'malformedChatCall',
    bad: body(user, calls(call('call_1', 'render.video')), result('call_1')),
    good: body(user, calls(call('call_1', 'render_video')), result('call_1')),
    message:
      "Invalid 'messages[1].tool_calls[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    param: 'messages[1].tool_calls[0].function.name',
    code: 'invalid_value',
  },
  {
    refuses: 'arguments that are cut short',
    rule: 'malformedChatCall',
    bad: body(user, calls(call('call_1', 'render', '{"script":')), result('call_1')),
    good: body(user, calls(call('call_1', 'render', '{}')), result('call_1')),
    message: "Invalid 'messages[1].tool_calls[0].function.arguments': arguments must be a valid JSON object string.",
    param: 'messages[1].tool_calls[0].function.arguments',
    code: 'invalid_value',
  },
  {
    refuses: 'a native async tool, which only Responses has',
    rule: 'malformedChatTool',
    bad: { ...body(user), model: 'gpt-6', tools: [{ ...tool('render'), async: true }] },
    good: { ...body(user), model: 'gpt-6', tools: [tool('render')] },
    message: "Unknown parameter: 'tools[0].async'.",
    param: 'tools[0].async',
    code: 'unknown_parameter',
  },
  {
    refuses: 'a tool name of more than 64 characters',
    rule: 'malformedChatTool',
    bad: { ...body(user), tools: [tool('t'.repeat(71))] },
    good: { ...body(user), tools: [tool('t'.repeat(64))] },
    message:
      "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a string with length 71 instead.",
    param: 'tools[0].function.name',
    code: 'string_above_max_length',
  },
  {
    refuses: 'one call id on two calls of the history',
    rule: 'duplicateChatCallId',
    bad: body(user, calls(call('call_1')), result('call_1'), calls(call('call_1')), result('call_1')),
    good: body(user, calls(call('call_1')), result('call_1'), calls(call('call_2')), result('call_2')),
    message: "Invalid parameter: Duplicate value for 'id' of 'call_1' in 'tool_calls'.",
    param: 'messages.[3].tool_calls[0].id',
  },
  {
    refuses: 'a result without a call',
    rule: 'chatResultWithoutCall',
    bad: body(user, result('call_1')),
    good: body(user, calls(call('call_1')), result('call_1')),
    message:
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    param: 'messages.[1].role',
  },
  {
    refuses: 'a result before its call',
    rule: 'chatResultWithoutCall',
    bad: body(user, result('call_1'), calls(call('call_1'))),
    good: body(user, calls(call('call_1')), result('call_1')),
    message:
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    param: 'messages.[1].role',
  },
  {
    refuses: 'a late result behind a user message',
    rule: 'chatResultWithoutCall',
    bad: body(user, calls(call('call_1')), result('call_1', 'dispatched'), user, result('call_1')),
    good: body(
      user,
      calls(call('call_1')),
      result('call_1', 'dispatched'),
      user,
      calls(call('call_2', 'await_async_result')),
      result('call_2'),
    ),
    message:
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    param: 'messages.[4].role',
  },
  {
    refuses: 'a result of another turn',
    rule: 'chatResultOfAnotherCall',
    bad: body(user, calls(call('call_1')), result('call_1'), result('call_0')),
    good: body(user, calls(call('call_1'), call('call_0')), result('call_1'), result('call_0')),
    message: "Invalid parameter: 'tool_call_id' of 'call_0' not found in 'tool_calls' of previous message.",
    param: 'messages.[3].tool_call_id',
  },
  {
    refuses: 'a second result for one call',
    rule: 'duplicateChatResult',
    bad: body(user, calls(call('call_1')), result('call_1'), result('call_1')),
    good: body(user, calls(call('call_1')), result('call_1')),
    message: "Invalid parameter: Duplicate value for 'tool_call_id' of 'call_1', in messages[2] and messages[3].",
    param: 'messages.[3].tool_call_id',
  },
  {
    refuses: 'a call that is not answered before the next message',
    rule: 'unansweredChatCall',
    bad: body(user, calls(call('call_1'), call('call_2')), result('call_1'), user),
    good: body(user, calls(call('call_1'), call('call_2')), result('call_1'), result('call_2'), user),
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_2",
    param: 'messages.[3].role',
  },
  {
    refuses: 'a call that is not answered at the end',
    rule: 'unansweredChatCall',
    bad: body(user, calls(call('call_1'))),
    good: body(user, calls(call('call_1')), result('call_1')),
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
    param: 'messages.[2].role',
  },
];

describe('OpenAI Chat Completions', () => {
  test.each(goldens)('refuses $refuses', ({ rule, bad, message, param, code = null }) => {
    expect(refuseOpenAIChat(bad)).toEqual({
      rule,
      status: 400,
      type: 'invalid_request_error',
      message,
      param,
      code,
    });
  });

  test.each(goldens)('accepts the nearest good body to: $refuses', ({ good }) => {
    expect(refuseOpenAIChat(good)).toBeUndefined();
  });

  test('has a golden bad body for every rule', () => {
    expect(new Set(goldens.map(({ rule }) => rule))).toEqual(new Set(openaiChatRules.map(({ name }) => name)));
  });

  test.each([[null], [[]], ['text'], [7]])('refuses a body that is no object: %j', (value) => {
    expect(refuseOpenAIChat(value)?.rule).toBe('missingChatField');
  });

  test('accepts parallel calls answered in another order', () => {
    const history = body(user, calls(call('call_1'), call('call_2')), result('call_2'), result('call_1'), user);
    expect(refuseOpenAIChat(history)).toBeUndefined();
  });

  test('accepts text next to tool calls', () => {
    const said = { role: 'assistant', content: 'I start the render.', tool_calls: [call('call_1')] };
    expect(refuseOpenAIChat(body(user, said, result('call_1')))).toBeUndefined();
  });

  test('accepts a synthetic call pair right behind an answered call', () => {
    const history = body(
      user,
      calls(call('call_1')),
      result('call_1', '{"status":"dispatched"}'),
      calls(call('call_2', 'await_async_result', '{"handle":"render_k3f9"}')),
      result('call_2'),
    );
    expect(refuseOpenAIChat({ ...history, tools: [tool('render')] })).toBeUndefined();
  });
});
