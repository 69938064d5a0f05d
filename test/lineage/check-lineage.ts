import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditEvent, readLineage } from '@latecall/core';

/** What a store did: a task came into being by a call of this turn, or this turn was told of it. */
interface StoreFact {
  readonly type: 'created' | 'consumed';
  readonly id: string;
  readonly turn: string;
}

/**
 * Compares what the log alone says of an example with what its stores did: which turn was told of which result, and
 * which calls each turn made.
 *
 * @returns how many turns the log tells of, and what it says wrongly or not at all.
 */
export function checkLineage(folder: string): { turns: number; problems: string[] } {
  const events = readLines<AuditEvent>(folder, 'events');
  const facts = readLines<StoreFact>(folder, 'truth');
  const lineage = readLineage(events);
  const tasks = new Map(lineage.tasks().map((task) => [task.id, task]));
  const turns = new Map(lineage.turns().map((turn) => [turn.id, turn]));
  const problems = facts.flatMap(({ type, id, turn }) => {
    if (type === 'consumed') return isTold(id, turn) ? [] : [`the log does not say that ${turn} was told of ${id}`];
    return hasMade(id, turn) ? [] : [`the log does not say that ${turn} made the call of ${id}`];
  });
  return { turns: turns.size, problems };

  function isTold(id: string, turn: string): boolean {
    if (!turns.has(turn)) return isDispatchFailure(id) || isGivenUp(id);
    return tasks.get(id)?.consumption?.turn === turn || isDispatchFailure(id) || isGivenUp(id);
  }

  /** The host itself tells that a dispatch failed. */
  function isDispatchFailure(id: string): boolean {
    return tasks.get(id)?.events.some((event) => event.type === 'task.dispatch-failed') ?? false;
  }

  /** Of an abandoned branch nobody is told. */
  function isGivenUp(id: string): boolean {
    return (
      tasks.get(id)?.events.some((event) => event.type === 'task.withheld' && event.detail === 'abandoned') ?? false
    );
  }

  /** A sequel, and a task taken over from messages, were made by no call of their own. */
  function hasMade(id: string, turn: string): boolean {
    if (id.endsWith('.late') || turn === 'turn_of_another_process') return true;
    return tasks.get(id)?.calls.some((call) => call.turn === turn) ?? false;
  }
}

function readLines<LINE>(folder: string, file: string): LINE[] {
  return globSync(`${file}.*.jsonl`, { cwd: folder }).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LINE),
  );
}
