'use client';

import { type FormEvent, type KeyboardEvent, useRef } from 'react';

/** Where one writes. Enter sends, Shift and Enter begins a new line. */
export function Composer(props: { busy: boolean; onSend: (text: string) => void; onStop: () => void }) {
  const { busy, onSend, onStop } = props;
  const input = useRef<HTMLTextAreaElement>(null);

  const send = (event: FormEvent) => {
    event.preventDefault();
    const text = input.current?.value.trim() ?? '';
    if (text === '' || busy || input.current === null) return;
    input.current.value = '';
    onSend(text);
  };
  const sendByEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
  };

  return (
    <form className="composer" onSubmit={send}>
      <textarea ref={input} rows={1} aria-label="Message" placeholder="Write a message" onKeyDown={sendByEnter} />
      {busy ? (
        <button type="button" onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit">Send</button>
      )}
    </form>
  );
}
