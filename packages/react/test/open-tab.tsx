import { useChat } from '@ai-sdk/react';
import { renderHook, waitFor } from '@testing-library/react';
import {
  type AsyncFunctions,
  createChatTransport,
  type UseAsyncFunctionsOptions,
  useAsyncFunctions,
} from '../src/index.ts';
import type { TestMessage, TestServer } from './chat-server.ts';

type Shown = ReturnType<typeof useChat<TestMessage>>;

/** A browser tab that shows a chat. */
export interface Tab {
  readonly chat: Shown;
  readonly functions: AsyncFunctions<TestMessage>;
  /** The texts of the messages, in their order. */
  readonly texts: string[];
  say(text: string): Promise<void>;
  /** Waits until this holds. */
  until(holds: () => boolean): Promise<void>;
  close(): void;
}

/** Loads the messages as a page does, and shows them. */
export async function openTab(
  server: TestServer,
  { id = 'a', ...options }: Partial<UseAsyncFunctionsOptions> & { id?: string } = {},
): Promise<Tab> {
  const endpoint = server.endpoint(id);
  const messages: TestMessage[] = await (await fetch(endpoint)).json();
  const transport = createChatTransport<TestMessage>({ endpoint });
  const show = () => {
    const chat = useChat<TestMessage>({ id, messages, transport });
    return { chat, functions: useAsyncFunctions(chat, { endpoint, ...options }) };
  };
  const { result, unmount } = renderHook(show, { reactStrictMode: true });
  const until = (holds: () => boolean) =>
    waitFor(
      () => {
        if (!holds()) throw new Error(`It does not hold: ${JSON.stringify(result.current, null, 1)}`);
      },
      { timeout: 25_000, interval: 10 },
    );
  const tab: Tab = {
    get chat() {
      return result.current.chat;
    },
    get functions() {
      return result.current.functions;
    },
    get texts() {
      return result.current.chat.messages.map(({ parts }) =>
        parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' '),
      );
    },
    say: (text) => result.current.chat.sendMessage({ text }),
    until,
    close: unmount,
  };
  await until(() => tab.functions.connected);
  return tab;
}
