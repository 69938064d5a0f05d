'use client';

import { type ReactElement, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { AsyncFunctionCard, type AsyncFunctionCardProps } from './async-function-card.tsx';
import type { AsyncFunctionQuestionProps } from './async-function-question.tsx';
import { type Labels, withEnglish } from './labels.ts';
import type { AsyncFunctionView } from './views.ts';

/** What {@link PendingTray} shows. */
export interface PendingTrayProps {
  /** What `useAsyncFunctions` gives. */
  readonly functions: {
    readonly pending: readonly AsyncFunctionView[];
    readonly settled: readonly AsyncFunctionView[];
    readonly cancel: NonNullable<AsyncFunctionCardProps['onCancel']>;
    readonly answer: AsyncFunctionQuestionProps['onAnswer'];
  };
  readonly labels?: Partial<Labels>;
  readonly className?: string;
}

/** The calls that wait, one card each. Says politely when one has its outcome; the focus stays in it when a card goes. */
export function PendingTray({ functions, labels, className }: PendingTrayProps): ReactElement {
  const { pending, settled, cancel, answer } = functions;
  const words = withEnglish(labels);
  const tray = useRef<HTMLElement>(null);
  const hasFocus = useRef<boolean>(false);
  const announcement = useAnnouncement(pending, settled, words);

  useLayoutEffect(() => {
    const { activeElement, body } = document;
    if (!hasFocus.current || tray.current?.contains(activeElement) === true) return;
    hasFocus.current = false;
    if (activeElement === null || activeElement === body) tray.current?.focus();
  });

  return (
    <section
      ref={tray}
      className={className}
      data-latecall="tray"
      data-count={pending.length}
      aria-label={words.tray}
      tabIndex={-1}
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={({ relatedTarget }) => {
        // Somebody went elsewhere; a card that goes takes its focus along to nowhere.
        if (relatedTarget !== null && tray.current?.contains(relatedTarget) === false) hasFocus.current = false;
      }}
    >
      <ul>
        {pending.map((view) => (
          <li key={view.handle}>
            <AsyncFunctionCard
              view={view}
              onCancel={cancel}
              onAnswer={answer}
              {...(labels === undefined ? {} : { labels })}
            />
          </li>
        ))}
      </ul>
      <p role="status" data-latecall="announcement">
        {announcement}
      </p>
    </section>
  );
}

/** What became of the calls that waited here a moment ago. */
function useAnnouncement(
  pending: readonly AsyncFunctionView[],
  settled: readonly AsyncFunctionView[],
  words: Labels,
): string {
  const before = useRef<ReadonlySet<string>>(new Set());
  const [text, setText] = useState('');
  useEffect(() => {
    const over = settled.filter(({ handle }) => before.current.has(handle));
    before.current = new Set(pending.map(({ handle }) => handle));
    if (over.length === 0) return;
    setText(over.map(({ toolName, status }) => words.settled(words.tool(toolName), words.status(status))).join('. '));
  }, [pending, settled, words]);
  return text;
}
