'use client';

import { type CSSProperties, type ReactElement, useId } from 'react';
import { AsyncFunctionQuestion, type AsyncFunctionQuestionProps } from './async-function-question.tsx';
import { formatDuration } from './format-duration.ts';
import { type Labels, withEnglish } from './labels.ts';
import type { CommandVerdict } from './send-command.ts';
import { useCommand } from './use-command.ts';
import { useCountdown, useElapsed } from './use-time.ts';
import { type AsyncFunctionView, isPending } from './views.ts';

/** What {@link AsyncFunctionCard} shows. */
export interface AsyncFunctionCardProps {
  readonly view: AsyncFunctionView;
  /** `cancel` of `useAsyncFunctions`. @default there is no such button */
  readonly onCancel?: (handle: string) => Promise<CommandVerdict>;
  /** `answer` of `useAsyncFunctions`. @default questions are not shown */
  readonly onAnswer?: AsyncFunctionQuestionProps['onAnswer'];
  readonly labels?: Partial<Labels>;
  readonly className?: string;
}

/** One dispatched call: its tool, status, how long it has waited, how far it is, its deadline, and what a user can do. */
export function AsyncFunctionCard(props: AsyncFunctionCardProps): ReactElement {
  const { view, onCancel, onAnswer, labels, className } = props;
  const words = withEnglish(labels);
  const id = useId();
  const { busy, refusal, send } = useCommand(words.failed);
  const { handle, toolName, status } = view;
  const tool = words.tool(toolName);
  const pending = isPending(view);
  const cancel = () => {
    if (!busy && onCancel !== undefined) void send(() => onCancel(handle));
  };
  return (
    <article
      className={className}
      data-latecall="card"
      data-tool={toolName}
      data-status={status}
      aria-labelledby={`${id}-tool`}
    >
      <span id={`${id}-tool`} data-latecall="tool">
        {tool}
      </span>
      <span role="status" data-latecall="status">
        {words.status(status)}
      </span>
      {pending ? <Waiting view={view} labels={words} /> : null}
      {onAnswer !== undefined && status === 'input_required' ? (
        <AsyncFunctionQuestion view={view} onAnswer={onAnswer} {...(labels === undefined ? {} : { labels })} />
      ) : null}
      {pending && onCancel !== undefined ? (
        <button
          type="button"
          data-latecall="cancel"
          aria-label={words.cancelOf(tool)}
          aria-disabled={busy}
          onClick={cancel}
        >
          {words.cancel}
        </button>
      ) : null}
      <p role="status" data-latecall="refusal">
        {refusal}
      </p>
    </article>
  );
}

function Waiting({ view, labels }: { view: AsyncFunctionView; labels: Labels }): ReactElement {
  const { dispatchedAt, deadlineAt, progress, toolName } = view;
  const elapsed = useElapsed(dispatchedAt);
  const remaining = useCountdown(deadlineAt);
  const { fraction, message } = progress ?? {};
  const percent = fraction === undefined ? undefined : Math.round(fraction * 100);
  return (
    <>
      <time data-latecall="since" dateTime={dispatchedAt}>
        {elapsed === undefined ? null : labels.elapsed(formatDuration(elapsed))}
      </time>
      {progress === undefined ? null : (
        <div
          role="progressbar"
          data-latecall="progress"
          aria-label={labels.progress(labels.tool(toolName))}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          aria-valuetext={message ?? (percent === undefined ? undefined : `${percent}%`)}
          style={percent === undefined ? undefined : ({ '--latecall-progress': `${percent}%` } as CSSProperties)}
        >
          {message ?? (percent === undefined ? null : `${percent}%`)}
        </div>
      )}
      {deadlineAt === undefined ? null : (
        <time data-latecall="deadline" dateTime={deadlineAt} data-overdue={remaining === 0 || undefined}>
          {remaining === undefined
            ? null
            : remaining === 0
              ? labels.overdue
              : labels.remaining(formatDuration(remaining))}
        </time>
      )}
    </>
  );
}
