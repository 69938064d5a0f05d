const prefix = 'call_'; // a turn that is known begins with `turn_`

/**
 * The turn of a call of which nobody knows any more in which one it was made.
 *
 * @param before How many calls with the same id the history has before this one.
 */
export function unstampedTurn(callId: string, before: number): string {
  return before === 0 ? `${prefix}${callId}` : `${prefix}${callId}.${before}`;
}

/** `true` for a turn made by {@link unstampedTurn}. */
export function isUnstampedTurn(turn: string): boolean {
  return turn.startsWith(prefix);
}
