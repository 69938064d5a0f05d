/** Puts times on a line. Where nothing happened for long, the line is shortened. */
export interface TimeScale {
  /** From 0 to 1. */
  at(time: number): number;
  /** Where it was shortened, and by how much. */
  readonly breaks: readonly { readonly at: number; readonly ms: number }[];
}

const longestGap = 12_000;

export function createTimeScale(times: readonly number[]): TimeScale {
  const sorted = [...new Set(times)].sort((one, other) => one - other);
  const shown = new Map<number, number>();
  const cuts: { at: number; ms: number }[] = [];
  let position = 0;
  for (const [index, time] of sorted.entries()) {
    const gap = time - (sorted[index - 1] ?? time);
    const step = Math.min(gap, longestGap);
    if (gap > longestGap) cuts.push({ at: position + step / 2, ms: gap });
    position += step;
    shown.set(time, position);
  }
  const whole = Math.max(position, 1);
  return {
    at: (time) => (shown.get(time) ?? 0) / whole,
    breaks: cuts.map(({ at, ms }) => ({ at: at / whole, ms })),
  };
}

/** A span of time for people: `4.2 s`, `3 min`, `2 h`, `5 d`. */
export function formatSpan(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}
