import { DefaultChatTransport, type UIMessage } from 'ai';
import type { ConnectionOptions } from './connection.ts';

/**
 * A transport of `useChat` for the routes of `createChat`: sends the newest message only, and joins runs at
 * `<endpoint>/stream`.
 *
 * @example
 * useChat<ChatMessage>({ messages, transport: createChatTransport({ endpoint: `/api/chat/${id}` }) });
 */
export function createChatTransport<UI_MESSAGE extends UIMessage = UIMessage>(
  options: ConnectionOptions,
): DefaultChatTransport<UI_MESSAGE> {
  const { endpoint, fetch, ...rest } = options;
  const api = endpoint.replace(/\/+$/, '');
  return new DefaultChatTransport<UI_MESSAGE>({
    ...rest,
    ...(fetch === undefined ? {} : { fetch }),
    api,
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
      body: { ...body, id, message: messages.at(-1), trigger, messageId },
    }),
    prepareReconnectToStreamRequest: () => ({ api: `${api}/stream` }),
  });
}
