'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Renders the page anew whenever something becomes of a dispatched call. */
export function LiveRefresh({ endpoint }: { endpoint: string }) {
  const router = useRouter();
  useEffect(() => {
    const events = new EventSource(`${endpoint}/events`);
    events.addEventListener('async-function', () => router.refresh());
    return () => events.close();
  }, [endpoint, router]);
  return null;
}
