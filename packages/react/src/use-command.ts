'use client';

import { useCallback, useState } from 'react';
import type { CommandVerdict } from './send-command.ts';

/** A command of the user that is on its way, and what was said to the last one that was not taken. */
export interface UseCommand {
  readonly busy: boolean;
  /** Why it was not taken; empty if it was. */
  readonly refusal: string;
  readonly send: (command: () => Promise<CommandVerdict>) => Promise<void>;
}

/** @param failed Said if the request itself failed. */
export function useCommand(failed: string): UseCommand {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState('');
  const send = useCallback(
    async (command: () => Promise<CommandVerdict>) => {
      setBusy(true);
      setRefusal('');
      try {
        const { verdict, message } = await command();
        if (verdict !== 'accepted' && verdict !== 'duplicate') setRefusal(message);
      } catch {
        setRefusal(failed);
      } finally {
        setBusy(false);
      }
    },
    [failed],
  );
  return { busy, refusal, send };
}
