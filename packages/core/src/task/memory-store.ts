import { copyOf } from '../base/json.ts';
import { scopeKey } from '../base/scope.ts';
import { expiry } from '../parts/outcome.ts';
import { createHintListeners } from './hint-listeners.ts';
import { createConversations } from './memory/conversations.ts';
import { createDeadlines } from './memory/deadlines.ts';
import type { Entry } from './memory/entry.ts';
import { createIds } from './memory/ids.ts';
import { noteOn } from './notes.ts';
import { changeTask, fitsFilter, fixedDelivery, isReady, judgeSettlement, overSince } from './store-rules.ts';
import { isDue, isOpen, isTerminal, type TaskRecord } from './task.ts';
import type { ClaimRequest, PurgeFilter, TaskStore } from './task-store.ts';

const started = { status: 'working', phase: 'dispatching' } as const;
const dispatched = { status: 'working' } as const;

/**
 * A store in this process's memory: for tests, development, and conversations that live in their messages.
 *
 * What comes in and what goes out is copied, so that nobody outside holds a piece of a record. In here a record is
 * replaced and never changed, and shares with the one before it whatever is the same.
 */
export function createMemoryStore(): TaskStore {
  const ids = createIds();
  const conversations = createConversations();
  const deadlines = createDeadlines();
  const untold = new Set<Entry>(); // for which somebody is to be woken, now or when they have been settling for long
  const told = new Set<Entry>();
  const listeners = createHintListeners();

  const read = ({ task }: Entry) => copyOf(task);
  /** Puts the entry where its task belongs, as it is now. */
  const place = (entry: Entry) => {
    deadlines.place(entry);
    if (isReady(entry.task, { settlingSince: Number.POSITIVE_INFINITY })) untold.add(entry);
    else untold.delete(entry);
    if (entry.task.consumption !== undefined) told.add(entry); // for good
  };
  /** Of `task` nobody outside may hold a piece. */
  const write = (entry: Entry, task: TaskRecord) => {
    entry.task = task;
    place(entry);
    return read(entry);
  };
  const announce = ({ task: { scope, id } }: Entry) => listeners.tell(copyOf({ scope, id }));
  const writeAndTell = (entry: Entry, task: TaskRecord) => {
    const written = write(entry, task);
    announce(entry);
    return written;
  };
  const remove = (entry: Entry) => {
    ids.remove(entry);
    conversations.remove(entry);
    deadlines.remove(entry);
    untold.delete(entry);
    told.delete(entry);
  };
  const purgeable = ({ scope, which = 'told' }: PurgeFilter) => {
    if (scope === undefined) return which === 'told' ? [...told] : conversations.all();
    const { branch } = scope;
    return [...(branch === undefined ? conversations.inThread(scope) : conversations.inScope(scope)).values()];
  };

  return {
    create: async (task) => {
      const { scope, idempotencyKey, handle, dispatchedAt } = task;
      const existing = ids.find(task) ?? conversations.inScope(scope).get(idempotencyKey);
      if (existing !== undefined) return { result: 'exists', task: read(existing) };
      if (conversations.inThread(scope).has(handle)) return { result: 'handle_taken' };
      const stand = dispatchedAt === undefined ? started : dispatched;
      const entry = conversations.add({ ...copyOf(task), ...stand });
      ids.add(entry);
      place(entry);
      return { result: 'created', task: { ...task, ...stand } };
    },

    get: async (ref) => copyOf(ids.find(ref)?.task),
    locate: async (id) => copyOf(ids.newest(id)?.task.scope),
    countOpen: async (scope) =>
      [...conversations.inScope(scope).values()].filter(({ task }) => !isTerminal(task.status)).length,
    list: async (scope, filter = {}) => {
      const candidates = filter.everyBranch === true ? conversations.inThread(scope) : conversations.inScope(scope);
      return [...candidates.values()].filter(({ task }) => fitsFilter(task, filter)).map(read);
    },

    update: async (ref, change) => {
      const entry = ids.find(ref);
      return entry && writeAndTell(entry, changeTask(entry.task, copyOf(change)));
    },

    note: async (ref, note) => {
      const entry = ids.find(ref);
      if (entry === undefined) return { verdict: 'unknown' };
      const { verdict, task } = noteOn(entry.task, copyOf(note));
      return { verdict, task: verdict === 'accepted' ? writeAndTell(entry, task) : read(entry) };
    },

    purge: async (filter) => {
      const { before, which = 'told', limit = Number.POSITIVE_INFINITY } = filter;
      const over = purgeable(filter).flatMap((entry) => {
        const since = overSince(entry.task, which);
        return since !== undefined && since < before ? [{ entry, since }] : [];
      });
      const gone = over.toSorted((one, other) => one.since - other.since).slice(0, Math.max(0, limit));
      for (const { entry } of gone) remove(entry);
      return gone.length;
    },

    settle: async (ref, { settlement: brought, now, hold, scheduling }) => {
      const entry = ids.find(ref);
      if (entry === undefined) return { verdict: 'unknown' };
      const verdict = judgeSettlement({ task: entry.task, settlement: brought, now });
      if (verdict !== 'accepted') return { verdict, task: read(entry) };
      const settlement = copyOf(brought);
      const { phase: _, ...before } = entry.task;
      const rest = scheduling === undefined ? before : { ...before, scheduling };
      const stand = hold === undefined ? { status: settlement.status } : ({ status: 'working', phase: hold } as const);
      return { verdict, task: writeAndTell(entry, { ...rest, ...stand, settlement, settledAt: now }) };
    },

    finish: async (ref, settlement) => {
      const entry = ids.find(ref);
      if (entry === undefined) return undefined;
      const { phase, ...rest } = entry.task;
      if (phase !== 'settling' && phase !== 'authorizing') return read(entry);
      const finalSettlement = copyOf(settlement);
      return writeAndTell(entry, { ...rest, status: finalSettlement.status, finalSettlement });
    },

    expireDue: async ({ now, scope, limit = Number.POSITIVE_INFINITY }) => {
      const expired: TaskRecord[] = [];
      for (const entry of scope === undefined ? deadlines.due(now) : conversations.inScope(scope).values()) {
        if (expired.length >= limit) break;
        if (!isOpen(entry.task) || !isDue(entry.task, now)) continue;
        const { phase: _, ...task } = entry.task;
        expired.push(writeAndTell(entry, { ...task, status: 'failed', settlement: expiry(task), settledAt: now }));
      }
      return expired;
    },

    nextDeadline: async () => deadlines.first()?.task.deadlineAt,

    ready: async ({ limit, settlingSince } = {}) => {
      const waiting = [...untold].map(({ task }) => task).filter((task) => isReady(task, { settlingSince }));
      const longestFirst = waiting.toSorted((one, other) => (one.settledAt ?? 0) - (other.settledAt ?? 0));
      const scopes = new Map(longestFirst.map(({ scope }) => [scopeKey(scope), scope])); // keeps the first place
      return [...scopes.values()].slice(0, limit).map((scope) => copyOf(scope));
    },

    claim: async ({ scope, claimant, now, wanted, takeOverAfterMs }: ClaimRequest) =>
      wanted.flatMap(({ id, delivery }) => {
        const entry = ids.find({ scope, id });
        if (entry === undefined || !isTerminal(entry.task.status) || entry.task.consumption !== undefined) return [];
        const { claim } = entry.task;
        const stale = claim !== undefined && takeOverAfterMs !== undefined && claim.at <= now - takeOverAfterMs;
        if (claim !== undefined && claim.claimant !== claimant && !stale) return [];
        const fixed = fixedDelivery(entry.task);
        const fixes = fixed === undefined || (claim?.claimant === claimant && claim.fixedDelivery);
        const claimed = { claimant, at: now, fixedDelivery: fixes };
        return [write(entry, { ...entry.task, claim: claimed, delivery: fixed ?? copyOf(delivery) })];
      }),

    release: async ({ scope, claimant, ids: claimed, sent }) => {
      for (const id of claimed) {
        const entry = ids.find({ scope, id });
        if (entry?.task.claim?.claimant !== claimant || entry.task.consumption !== undefined) continue;
        const { claim, delivery, ...rest } = entry.task;
        const fixed = delivery !== undefined && (sent || !claim.fixedDelivery);
        writeAndTell(entry, fixed ? { ...rest, delivery } : rest);
      }
    },

    consume: async (ref, { claimant, turn, now, told: words }) => {
      const entry = ids.find(ref);
      if (entry?.task.claim?.claimant !== claimant || entry.task.consumption !== undefined) return false;
      write(entry, { ...entry.task, consumption: { ...copyOf(words), turn, at: now } });
      return true;
    },

    subscribe: (listener) => listeners.add(listener),
  };
}
