import { type AuditEntry, type AuditHead, hashOf } from './audit-entry.ts';

/** What is wrong with a chain. */
export interface AuditProblem {
  readonly writer: string;
  /** Of the entry, or of the first one that is concerned. */
  readonly sequence: number;
  /**
   * `edited`: an entry is not what was written. `missing`: entries in between are not there. `reordered`: an entry stands
   * behind a later one. `dropped`: events found no room when the log could not be written, and the log says so itself.
   * `cut`: the chain ends before a head that is known.
   */
  readonly problem: 'edited' | 'missing' | 'reordered' | 'dropped' | 'cut';
  /** For people. */
  readonly message: string;
}

/** `heads`: the last entry of each chain; keep them, and give them to the next check. */
export type AuditVerification =
  | { readonly ok: true; readonly heads: readonly AuditHead[] }
  | { readonly ok: false; readonly problems: readonly AuditProblem[] };

/**
 * Checks the chains of an audit log. An entry that stands there twice is no problem: a write whose end nobody knew was
 * made again. A torn line is none either, if its entry was written
 * again.
 *
 * From the entries alone nobody can see that the end of a chain was cut off, that its last entry was written anew, or
 * that a whole chain is gone: give the `heads` that you kept elsewhere (`log.head()`, or those of an earlier check).
 *
 * @param options.heads Entries that must be there. @default none
 * @param options.after Where the chains begin, for a log whose older part was checked and put away. @default at their start
 */
export async function verifyAuditLog(
  entries: Iterable<AuditEntry> | AsyncIterable<AuditEntry>,
  options: { readonly heads?: readonly AuditHead[]; readonly after?: readonly AuditHead[] } = {},
): Promise<AuditVerification> {
  const { heads = [], after = [] } = options;
  const chains = new Map(after.map((head) => [head.writer, createChain(head)]));
  const chainOf = (writer: string) => {
    const chain = chains.get(writer) ?? createChain({ writer, sequence: 0, hash: writer });
    chains.set(writer, chain);
    return chain;
  };
  for await (const entry of entries) await chainOf(entry.writer).add(entry);
  for (const head of heads) chainOf(head.writer).expect(head);
  const ends = [...chains.values()].map((chain) => chain.end());
  const problems = ends.flatMap((end) => end.problems);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, heads: ends.flatMap(({ head }) => (head.sequence === 0 ? [] : [head])) };
}

interface Chain {
  add(entry: AuditEntry): Promise<void>;
  expect(head: AuditHead): void;
  end(): { readonly head: AuditHead; readonly problems: readonly AuditProblem[] };
}

/** The check of one writer's entries behind `start`. It keeps two hashes of each entry. */
function createChain(start: AuditHead): Chain {
  const { writer } = start;
  const links = new Map<number, Pick<AuditEntry, 'previous' | 'hash'>>();
  const problems: AuditProblem[] = [];
  const expected: AuditHead[] = [];
  let last = start.sequence;
  const hashAt = (sequence: number) => (sequence === start.sequence ? start.hash : links.get(sequence)?.hash);
  const found = (problem: AuditProblem['problem'], sequence: number, message: string) =>
    void problems.push({ writer, sequence, problem, message: `${message} (writer "${writer}").` });

  const add = async (entry: AuditEntry) => {
    const { sequence, hash, previous, dropped } = entry;
    const known = hashAt(sequence);
    const genuine = (await hashOf(entry)) === hash;
    if (genuine && known === hash) return; // written twice
    if (!genuine) found('edited', sequence, `Entry ${sequence} does not fit its own hash`);
    else if (known !== undefined) found('edited', sequence, `There are two different entries ${sequence}`);
    else if (sequence < last) found('reordered', sequence, `Entry ${sequence} stands behind entry ${last}`);
    if (dropped !== undefined) {
      found('dropped', sequence, `${dropped} events before entry ${sequence} found no room and were not logged`);
    }
    if (known === undefined) links.set(sequence, { previous, hash });
    last = Math.max(last, sequence);
  };

  const checkLinks = () => {
    let expectedNext = start.sequence + 1;
    for (const [sequence, { previous }] of [...links].toSorted(([one], [other]) => one - other)) {
      if (sequence <= start.sequence) continue;
      if (sequence > expectedNext) found('missing', expectedNext, missing(expectedNext, sequence - 1));
      else if (previous !== hashAt(sequence - 1)) found('edited', Math.max(sequence - 1, 1), unlinked(sequence));
      expectedNext = sequence + 1;
    }
  };
  const checkHead = ({ sequence, hash }: AuditHead) => {
    if (sequence > last) return found('cut', last + 1, `The chain ends with entry ${last}, but had ${sequence}`);
    const there = hashAt(sequence);
    if (there === undefined || there === hash) return; // what is missing was told
    return found('edited', sequence, `Entry ${sequence} is not the one that was there`);
  };

  return {
    add,
    expect: (head) => void expected.push(head),
    end: () => {
      checkLinks();
      for (const head of expected) checkHead(head);
      return { head: { writer, sequence: last, hash: hashAt(last) ?? start.hash }, problems };
    },
  };
}

function unlinked(sequence: number): string {
  return `Entry ${sequence} names another predecessor than stands there: one of them was written anew`;
}

function missing(first: number, last: number): string {
  return first === last ? `Entry ${first} is missing` : `Entries ${first} to ${last} are missing`;
}
