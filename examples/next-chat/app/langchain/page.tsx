import { randomUUID } from 'node:crypto';
import { redirect } from 'next/navigation';

export const dynamic = 'force-dynamic';

/** A new conversation with the LangChain agent. */
export default function LangChainHome() {
  redirect(`/langchain/${randomUUID().slice(0, 8)}`);
}
