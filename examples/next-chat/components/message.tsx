'use client';

import type { AsyncFunctions } from '@latecall/react';
import { getToolName, isToolUIPart } from 'ai';
import type { ChatMessage } from '../lib/tools.ts';
import { Approval } from './approval.tsx';
import { DispatchedCall } from './dispatched-call.tsx';
import { Fields } from './fields.tsx';
import { toolTitle } from './labels.ts';

interface Props {
  message: ChatMessage;
  /** The messages before it. */
  before: readonly ChatMessage[];
  /** Of the chat's routes. */
  endpoint: string;
  functions: AsyncFunctions<ChatMessage>;
}

type Part = ChatMessage['parts'][number];
type ToolPart = Extract<Part, { toolCallId: string }>;

/** One message: its texts, and the calls that it made. */
export function Message({ message, before, endpoint, functions }: Props) {
  const { role } = message;
  const parts = resultsFirst(message);
  return (
    <li className="message" data-role={role}>
      <span className="visually-hidden">{role === 'user' ? 'You said:' : 'The assistant said:'}</span>
      {parts.map((part, index) => {
        const key = `${part.type} ${index}`;
        if (part.type === 'text') {
          return part.text === '' ? null : (
            <p key={key} className="text">
              {part.text}
            </p>
          );
        }
        if (part.type === 'data-async-function') {
          return <DispatchedCall key={key} data={part.data} message={message} before={before} functions={functions} />;
        }
        if (!isToolUIPart(part) || isDispatched(part, message)) return null;
        return part.state === 'approval-requested' ? (
          <Approval key={key} part={part} endpoint={endpoint} />
        ) : (
          <PlainCall key={key} part={part} />
        );
      })}
    </li>
  );
}

/** The model had the late results before it spoke, though their parts stand behind its words. */
function resultsFirst({ parts }: ChatMessage): Part[] {
  const made = new Set(parts.flatMap((part) => (isToolUIPart(part) ? part.toolCallId : [])));
  const ordered: Part[] = [];
  for (const part of parts) {
    const isLate = part.type === 'data-async-function' && !made.has(part.data.toolCallId);
    if (isLate && ordered.at(-1)?.type === 'text') ordered.splice(-1, 0, part);
    else ordered.push(part);
  }
  return ordered;
}

/** A call whose result was there at once. */
function PlainCall({ part }: { part: ToolPart }) {
  const status = part.state === 'output-available' ? 'completed' : part.state === 'output-error' ? 'failed' : 'working';
  return (
    <div className="call" data-status={status}>
      <p className="call-title">{toolTitle(getToolName(part))}</p>
      <Result part={part} />
    </div>
  );
}

function Result({ part }: { part: ToolPart }) {
  if (part.state === 'output-available') return <Fields value={part.output} />;
  if (part.state === 'output-error') return <p className="remark">{part.errorText}</p>;
  return part.state === 'output-denied' ? <p className="remark">You did not allow it.</p> : null;
}

/** Whether a data part of the message tells of this call. */
function isDispatched({ toolCallId }: ToolPart, { parts }: ChatMessage): boolean {
  return parts.some((part) => part.type === 'data-async-function' && part.data.toolCallId === toolCallId);
}
