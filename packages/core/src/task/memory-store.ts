import { type Scope, scopeKey, threadKey } from '../base/scope.ts';
import { expiry } from '../parts/outcome.ts';
import { createHintListeners } from './hint-listeners.ts';
import { noteOn } from './notes.ts';
import { changeTask, fitsFilter, fixedDelivery, isReady, judgeSettlement, overSince } from './store-rules.ts';
import { isDue, isOpen, isTerminal, type TaskRecord } from './task.ts';
import type { ClaimRequest, TaskRef, TaskStore } from './task-store.ts';

/** A store in this process's memory: for tests, development, and conversations that live in their messages. */
export function createMemoryStore(): TaskStore {
  const tasks = new Map<string, TaskRecord>(); // by scope and id
  const scopes = new Map<string, readonly Scope[]>(); // by id, the newest last
  const byScope = new Map<string, string[]>();
  const byKey = new Map<string, string>();
  const handles = new Set<string>();
  const listeners = createHintListeners();

  const place = ({ scope, id }: TaskRef) => `${scopeKey(scope)} ${id}`;
  const find = (ref: TaskRef) => tasks.get(place(ref));
  const write = (task: TaskRecord) => {
    tasks.set(place(task), structuredClone(task));
    return task;
  };
  const announce = ({ scope, id }: TaskRecord) => listeners.tell(structuredClone({ scope, id }));
  const inScope = (scope: Scope) => (byScope.get(scopeKey(scope)) ?? []).flatMap((id) => find({ scope, id }) ?? []);
  const inThread = (scope: Scope) => {
    const thread = threadKey(scope);
    return [...tasks.values()].filter((task) => threadKey(task.scope) === thread);
  };
  const remove = (task: TaskRecord) => {
    const key = scopeKey(task.scope);
    const left = byScope.get(key)?.filter((id) => id !== task.id) ?? [];
    if (left.length === 0) byScope.delete(key);
    else byScope.set(key, left);
    tasks.delete(place(task));
    byKey.delete(`${key} ${task.idempotencyKey}`);
    handles.delete(`${threadKey(task.scope)} ${task.handle}`);
    const others = scopes.get(task.id)?.filter((scope) => scopeKey(scope) !== key) ?? [];
    if (others.length === 0) scopes.delete(task.id);
    else scopes.set(task.id, others);
  };

  return {
    create: async (task) => {
      const key = `${scopeKey(task.scope)} ${task.idempotencyKey}`;
      const existing = find(task) ?? tasks.get(byKey.get(key) ?? '');
      if (existing !== undefined) return { result: 'exists', task: structuredClone(existing) };
      const handle = `${threadKey(task.scope)} ${task.handle}`;
      if (handles.has(handle)) return { result: 'handle_taken' };
      handles.add(handle);
      byKey.set(key, place(task));
      scopes.set(task.id, [...(scopes.get(task.id) ?? []), task.scope]);
      const ids = byScope.get(scopeKey(task.scope));
      if (ids === undefined) byScope.set(scopeKey(task.scope), [task.id]);
      else ids.push(task.id);
      const phase = task.dispatchedAt === undefined ? ({ phase: 'dispatching' } as const) : {};
      return { result: 'created', task: write({ ...task, status: 'working', ...phase }) };
    },

    get: async (ref) => structuredClone(find(ref)),
    locate: async (id) => structuredClone(scopes.get(id)?.at(-1)),
    countOpen: async (scope) => inScope(scope).filter(({ status }) => !isTerminal(status)).length,
    list: async (scope, filter = {}) => {
      const candidates = filter.everyBranch === true ? inThread(scope) : inScope(scope);
      return structuredClone(candidates.filter((task) => fitsFilter(task, filter)));
    },

    update: async (ref, change) => {
      const task = find(ref);
      if (task === undefined) return undefined;
      const written = write(changeTask(task, change));
      announce(written);
      return written;
    },

    note: async (ref, note) => {
      const task = find(ref);
      if (task === undefined) return { verdict: 'unknown' };
      const { verdict, task: noted } = noteOn(task, note);
      if (verdict !== 'accepted') return { verdict, task: structuredClone(task) };
      const written = write(noted);
      announce(written);
      return { verdict, task: written };
    },

    purge: async ({ scope, before, which = 'told', limit = Number.POSITIVE_INFINITY }) => {
      const candidates =
        scope === undefined ? [...tasks.values()] : scope.branch === undefined ? inThread(scope) : inScope(scope);
      const over = candidates.flatMap((task) => {
        const since = overSince(task, which);
        return since !== undefined && since < before ? [{ task, since }] : [];
      });
      const gone = over.toSorted((one, other) => one.since - other.since).slice(0, Math.max(0, limit));
      for (const { task } of gone) remove(task);
      return gone.length;
    },

    settle: async (ref, { settlement, now, hold, scheduling }) => {
      const task = find(ref);
      if (task === undefined) return { verdict: 'unknown' };
      const verdict = judgeSettlement({ task, settlement, now });
      if (verdict !== 'accepted') return { verdict, task: structuredClone(task) };
      const { phase: _, ...before } = task;
      const rest = scheduling === undefined ? before : { ...before, scheduling };
      const settled =
        hold === undefined
          ? ({ ...rest, status: settlement.status, settlement, settledAt: now } as const)
          : ({ ...rest, status: 'working', phase: hold, settlement, settledAt: now } as const);
      const stored = write(settled);
      announce(stored);
      return { verdict, task: stored };
    },

    finish: async (ref, settlement) => {
      const task = find(ref);
      if (task === undefined || (task.phase !== 'settling' && task.phase !== 'authorizing'))
        return structuredClone(task);
      const { phase: _, ...rest } = task;
      const finished = write({ ...rest, status: settlement.status, finalSettlement: settlement });
      announce(finished);
      return finished;
    },

    expireDue: async ({ now, scope, limit = Number.POSITIVE_INFINITY }) => {
      const candidates = scope === undefined ? [...tasks.values()] : inScope(scope);
      const due = candidates.filter((task) => isOpen(task) && isDue(task, now)).slice(0, limit);
      return due.map(({ phase: _, ...task }) => {
        const expired = write({ ...task, status: 'failed', settlement: expiry(task), settledAt: now });
        announce(expired);
        return expired;
      });
    },

    nextDeadline: async () =>
      [...tasks.values()]
        .filter(isOpen)
        .flatMap(({ deadlineAt }) => deadlineAt ?? [])
        .reduce<number | undefined>((one, other) => Math.min(one ?? other, other), undefined),

    ready: async ({ limit, settlingSince } = {}) => {
      const untold = [...tasks.values()].filter((task) => isReady(task, { settlingSince }));
      const longestFirst = untold.toSorted((one, other) => (one.settledAt ?? 0) - (other.settledAt ?? 0));
      const waiting = new Map(longestFirst.map(({ scope }) => [scopeKey(scope), scope])); // keeps the first place
      return structuredClone([...waiting.values()].slice(0, limit));
    },

    claim: async ({ scope, claimant, now, wanted, takeOverAfterMs }: ClaimRequest) =>
      wanted.flatMap(({ id, delivery }) => {
        const task = find({ scope, id });
        if (task === undefined || !isTerminal(task.status) || task.consumption !== undefined) return [];
        const { claim } = task;
        const stale = claim !== undefined && takeOverAfterMs !== undefined && claim.at <= now - takeOverAfterMs;
        if (claim !== undefined && claim.claimant !== claimant && !stale) return [];
        const fixed = fixedDelivery(task);
        const fixes = fixed === undefined || (claim?.claimant === claimant && claim.fixedDelivery);
        const claimed = { claimant, at: now, fixedDelivery: fixes };
        return [write({ ...task, claim: claimed, delivery: fixed ?? delivery })];
      }),

    release: async ({ scope, claimant, ids, sent }) => {
      for (const id of ids) {
        const task = find({ scope, id });
        if (task?.claim?.claimant !== claimant || task.consumption !== undefined) continue;
        const { claim, delivery, ...rest } = task;
        const fixed = delivery !== undefined && (sent || !claim.fixedDelivery);
        write(fixed ? { ...rest, delivery } : rest);
        announce(task);
      }
    },

    consume: async (ref, { claimant, turn, now, told }) => {
      const task = find(ref);
      if (task?.claim?.claimant !== claimant || task.consumption !== undefined) return false;
      write({ ...task, consumption: { ...told, turn, at: now } });
      return true;
    },

    subscribe: (listener) => listeners.add(listener),
  };
}
