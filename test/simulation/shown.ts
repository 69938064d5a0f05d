import type { ModelView } from '@latecall/testing';
import { member } from './oracle.ts';

/** What a prompt shows for one call. */
export interface ShownOutput {
  readonly callId: string;
  /** Of a late result, which names its call so. */
  readonly handle?: string;
  readonly output: unknown;
  /** For people. */
  readonly call: string;
}

/** Everything that a prompt shows for calls: results in their places, appended ones, and those in user messages. */
export function shownIn({ messages }: ModelView): ShownOutput[] {
  const calls = new Map(messages.flatMap(({ toolCalls }) => toolCalls.map((call) => [call.callId, call] as const)));
  const results = messages.flatMap(({ toolResults }) =>
    toolResults.map(({ callId, output: sent }): ShownOutput => {
      const output = withoutErrorObject(sent);
      const call = calls.get(callId);
      const words = `${call?.name ?? 'a call'} ${callId}`;
      if (call?.name !== 'await_async_result') return { callId, output, call: words };
      return { callId, handle: String(member(call.arguments, 'handle')), output, call: words };
    }),
  );
  const envelopes = messages.flatMap(({ role, texts }) => (role === 'user' ? texts.flatMap(envelopesIn) : []));
  return [...results, ...envelopes];
}

function envelopesIn(text: string): ShownOutput[] {
  return [...text.matchAll(/<tool_result handle="([^"]+)">\n(.*)\n<\/tool_result>/g)].map(
    ([, handle = '', data = '']) => {
      return { callId: '', handle, output: withoutErrorObject(JSON.parse(data)), call: `the envelope of ${handle}` };
    },
  );
}

/** Some hosts and envelopes put an error into an object. */
function withoutErrorObject(output: unknown): unknown {
  const error = member(output, 'error');
  return typeof error === 'string' ? error : output;
}
