'use client';

import { useChat } from '@ai-sdk/react';
import { createChatTransport, PendingTray, useAsyncFunctions } from '@latecall/react';
import { useEffect, useRef, useState } from 'react';
import type { ChatMessage } from '../lib/tools.ts';
import { Composer } from './composer.tsx';
import { labels } from './labels.ts';
import { Message } from './message.tsx';
import { Suggestions } from './suggestions.tsx';
import { type AgentName, agents } from './top-bar.tsx';

/** A conversation: what was said, what is pending, and where one writes. */
export function Chat({ agent, thread, initial }: { agent: AgentName; thread: string; initial: ChatMessage[] }) {
  const endpoint = `${agents[agent].api}/${thread}`;
  const [transport] = useState(() => createChatTransport<ChatMessage>({ endpoint }));
  const chat = useChat<ChatMessage>({ id: thread, messages: initial, transport });
  const functions = useAsyncFunctions(chat, { endpoint });
  const { messages, status, error } = chat;
  const busy = status === 'submitted' || status === 'streaming';
  const isEmpty = messages.length === 0;
  const content = useScrollToEnd();
  const suggestions = <Suggestions agent={agent} large={isEmpty} onPick={(text) => void chat.sendMessage({ text })} />;

  return (
    <main className="chat">
      <div ref={content}>
        {isEmpty && (
          <div className="welcome">
            <h1>Ask for something that takes a while.</h1>
            <p>The answer comes when it is there: go on talking, reload the page, close it, restart the server.</p>
            {suggestions}
          </div>
        )}
        <ol className="messages" role="log" aria-label="Messages">
          {messages.map((message, index) => (
            <Message
              key={message.id}
              message={message}
              before={messages.slice(0, index)}
              endpoint={endpoint}
              functions={functions}
            />
          ))}
        </ol>
      </div>
      <div className="footer">
        <PendingTray functions={functions} labels={labels} className="tray" />
        {!isEmpty && suggestions}
        {!functions.connected && (
          <p className="notice connecting" role="status">
            Connecting…
          </p>
        )}
        {error !== undefined && functions.connected && (
          <p className="notice" data-bad="true" role="alert">
            {error.message}
          </p>
        )}
        <Composer busy={busy} onSend={(text) => void chat.sendMessage({ text })} onStop={() => void stop(endpoint)} />
      </div>
    </main>
  );
}

/** Stops the run on the server; a tab that merely leaves stops nothing. */
async function stop(endpoint: string): Promise<void> {
  await fetch(`${endpoint}/stream`, { method: 'DELETE' });
}

/** Keeps the end in sight while the conversation grows, unless one has scrolled up to read. */
function useScrollToEnd() {
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let atEnd = true;
    const look = () => {
      atEnd = window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 80;
    };
    const follow = new ResizeObserver(() => {
      const isEmpty = content.current?.querySelector('.message') === null; // then the welcome is read from its top
      if (atEnd && !isEmpty) window.scrollTo({ top: document.documentElement.scrollHeight });
    });
    if (content.current !== null) follow.observe(content.current);
    window.addEventListener('scroll', look, { passive: true });
    return () => {
      follow.disconnect();
      window.removeEventListener('scroll', look);
    };
  }, []);
  return content;
}
