/**
 * What a listener knows: a fingerprint of each task that is not over for it, and when the newest task it has heard of
 * was created. Being a state and no time, it resumes exactly whatever the clocks of the processes say.
 */
export interface EventCursor {
  /** Milliseconds since the epoch. */
  readonly newest: number;
  /** Fingerprints of states by fingerprints of handles. */
  readonly states: ReadonlyMap<string, string>;
}

/** Tasks beyond this many do not fit into an event's id; a listener that resumes is sent them once more. */
const longest = 256;

/** As the id of an event. */
export function formatCursor({ newest, states }: EventCursor): string {
  const known = [...states].slice(-longest).map(([handle, state]) => handle + state);
  return `${newest.toString(36)}.${known.join('')}`;
}

/** Reads a `Last-Event-ID`; one that is none of ours counts as none. */
export function parseCursor(text: string | null): EventCursor | undefined {
  const [, newest = '', known = ''] = /^([0-9a-z]{1,11})\.((?:[0-9a-z]{14}){0,256})$/.exec(text ?? '') ?? [];
  if (newest === '') return undefined;
  const states = known.match(/.{14}/g) ?? [];
  return {
    newest: Number.parseInt(newest, 36),
    states: new Map(states.map((entry) => [entry.slice(0, 7), entry.slice(7)])),
  };
}

/** FNV-1a, 32 bits in seven characters: tells states apart, proves nothing. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(7, '0');
}
