import { randomUUID } from 'node:crypto';
import { redirect } from 'next/navigation';

export const dynamic = 'force-dynamic';

/** A new conversation. */
export default function Home() {
  redirect(`/chat/${randomUUID().slice(0, 8)}`);
}
