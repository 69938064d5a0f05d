'use client';

import { getToolName } from 'ai';
import { useState } from 'react';
import type { ChatMessage } from '../lib/tools.ts';
import { Fields } from './fields.tsx';
import { toolTitle } from './labels.ts';

type Asking = Extract<ChatMessage['parts'][number], { state: 'approval-requested' }>;

/** Asks a person whether a call may be made. */
export function Approval({ part, endpoint }: { part: Asking; endpoint: string }) {
  const [sent, setSent] = useState(false);
  const respond = async (approved: boolean) => {
    setSent(true);
    const body = JSON.stringify({ id: part.approval.id, approved });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${endpoint}/approvals`, { method: 'POST', headers, body }).catch(() => undefined);
    if (response?.ok !== true) setSent(false); // it may be tried again
  };
  return (
    <section className="call" data-status="approval" aria-label={`Approval: ${toolTitle(getToolName(part))}`}>
      <p className="call-title">
        {toolTitle(getToolName(part))} <span className="status">Needs your approval</span>
      </p>
      <Fields value={part.input} />
      <p className="buttons">
        <button type="button" className="primary" disabled={sent} onClick={() => void respond(true)}>
          Approve
        </button>
        <button type="button" disabled={sent} onClick={() => void respond(false)}>
          Refuse
        </button>
      </p>
    </section>
  );
}
