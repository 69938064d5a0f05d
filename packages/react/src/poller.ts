/** Looks from time to time while the page is visible. */
export interface Poller {
  start(): void;
  stop(): void;
}

export function createPoller(look: () => Promise<void>, everyMs: number): Poller {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let on = false;
  const next = () => {
    if (!on) return;
    timer = setTimeout(async () => {
      if (document.visibilityState !== 'hidden') await look();
      next();
    }, everyMs);
  };
  return {
    start: () => {
      if (on) return;
      on = true;
      next();
    },
    stop: () => {
      on = false;
      clearTimeout(timer);
    },
  };
}
