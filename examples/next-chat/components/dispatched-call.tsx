'use client';

import type { AsyncFunctionData } from '@latecall/core';
import { AsyncFunctionCard, type AsyncFunctions } from '@latecall/react';
import { isToolUIPart } from 'ai';
import type { CSSProperties } from 'react';
import type { ChatMessage } from '../lib/tools.ts';
import { Fields } from './fields.tsx';
import { labels, toolTitle } from './labels.ts';

/** A call whose result comes later. Where an earlier message has made it, only that its result is here. */
export function DispatchedCall(props: {
  data: AsyncFunctionData;
  /** The message that it stands in, and those before. */
  message: ChatMessage;
  before: readonly ChatMessage[];
  functions: AsyncFunctions<ChatMessage>;
}) {
  const { data, message, before, functions } = props;
  const { handle, toolCallId, toolName } = data;
  const view = [...functions.pending, ...functions.settled].find((known) => known.handle === handle) ?? data;
  const call = message.parts.find((part) => isToolUIPart(part) && part.toolCallId === toolCallId);
  const isLate = call === undefined && before.some(({ parts }) => parts.some((part) => isToolUIPart(part)));
  if (isLate) {
    return (
      <p className="late" data-status={view.status}>
        {toolTitle(toolName)}, late: <code>{handle}</code>
      </p>
    );
  }
  const done = { '--done': view.progress?.fraction ?? 0 } as CSSProperties; // a property of our own style sheet
  return (
    <div className="call" data-status={view.status} style={done}>
      <AsyncFunctionCard view={view} labels={labels} onCancel={functions.cancel} onAnswer={functions.answer} />
      <Outcome view={view} call={call} />
    </div>
  );
}

/** What has come of a dispatched call: its result, or in a sentence why there is none. */
function Outcome({ view, call }: { view: AsyncFunctionData; call: ChatMessage['parts'][number] | undefined }) {
  const { status, resultMayCome } = view;
  const part = call !== undefined && isToolUIPart(call) ? call : undefined;
  if (part?.state === 'output-available') return <Fields value={part.output} />;
  if (status === 'failed' && part?.state === 'output-error') {
    return <p className="remark">{part.errorText.replace(/^Failed: /, '')}</p>; // what the outside said
  }
  const remark = resultMayCome === true ? 'The deadline has passed; a late answer is still welcome.' : remarks[status];
  return remark === undefined ? null : <p className="remark">{remark}</p>;
}

const remarks: { readonly [STATUS in AsyncFunctionData['status']]?: string } = {
  expired: 'The deadline has passed without an answer.',
  cancelled: 'It was called off.',
  withheld: 'A result has come, but the model may not see it.',
};
