/** The time, once a second, while somebody watches and the page is visible. */
const listeners = new Set<() => void>();
let now: number | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

/** Milliseconds since the epoch as of the last tick; `undefined` while nobody watches, and on a server. */
export function tickedNow(): number | undefined {
  return now;
}

export function watchTicks(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) start();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) stop();
  };
}

function start(): void {
  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
}

function stop(): void {
  document.removeEventListener('visibilitychange', onVisibility);
  clearInterval(timer);
  timer = undefined;
  now = undefined;
}

function onVisibility(): void {
  clearInterval(timer);
  timer = undefined;
  if (document.visibilityState === 'hidden') return;
  tick();
  timer = setInterval(tick, 1_000);
}

function tick(): void {
  now = Date.now();
  for (const listener of [...listeners]) listener();
}
