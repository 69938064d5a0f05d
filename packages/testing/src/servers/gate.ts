/**
 * A promise that a test opens: it holds a reply (`before`) or a stream (`afterFirstChunk`) by an event instead of a
 * timer.
 */
export type Gate = { readonly opened: Promise<void>; readonly open: () => void };

/** Makes a closed gate. Opening it twice changes nothing. */
export function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
