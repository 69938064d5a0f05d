import type { AuditEvent } from './audit.ts';
import type { AuditEntry } from './audit-entry.ts';

/** Events of one or more processes, as a sink took them, or the entries of an audit log. */
export type AuditHistory = Iterable<AuditEvent> | Iterable<AuditEntry>;

/**
 * The events by time. Those of one chain keep its order even if a clock jumped; entries that stand there twice count
 * once. Events that come without a chain count as one in the order given, but for their times.
 */
export function orderEvents(history: AuditHistory): AuditEvent[] {
  const loose: Placed[] = [];
  const chains = new Map<string, Map<number, Placed>>();
  let position = 0;
  for (const item of history) {
    position += 1;
    if (!('event' in item)) {
      loose.push({ event: item, at: item.at, position });
      continue;
    }
    const { writer, sequence, event } = item;
    const chain = chains.get(writer) ?? new Map<number, Placed>();
    chains.set(writer, chain);
    if (!chain.has(sequence)) chain.set(sequence, { event, at: event.at, position });
  }
  return [...loose, ...[...chains.values()].flatMap(inOrder)]
    .sort((one, other) => one.at - other.at || one.position - other.position)
    .map(({ event }) => event);
}

interface Placed {
  readonly event: AuditEvent;
  readonly at: number;
  readonly position: number;
}

/** Nothing in a chain counts as earlier than what stands before it. */
function inOrder(chain: ReadonlyMap<number, Placed>): Placed[] {
  let before = { at: Number.NEGATIVE_INFINITY, position: 0 };
  return [...chain]
    .sort(([one], [other]) => one - other)
    .map(([, { event, at, position }]) => {
      before = { at: Math.max(at, before.at), position: Math.max(position, before.position) };
      return { event, ...before };
    });
}
