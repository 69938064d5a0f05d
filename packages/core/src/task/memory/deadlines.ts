import { isDue, isOpen } from '../task.ts';
import type { Entry } from './entry.ts';

/** The open tasks of a memory store that have a deadline. */
export interface Deadlines {
  /** The one that is due next. */
  first(): Entry | undefined;
  /** Those that are due, the first one first. Each must be gone before the next is asked for. */
  due(now: number): Iterable<Entry>;
  /** Takes the task in or lets it go, as it is now. */
  place(entry: Entry): void;
  remove(entry: Entry): void;
}

/**
 * A binary heap: nobody sits above one that is due earlier. The entries know their seats, so that they can leave; the
 * times are kept by seat, so that comparing them looks up no task.
 */
export function createDeadlines(): Deadlines {
  const heap: Entry[] = [];
  const times: number[] = [];

  const timeAt = (seat: number) => times[seat] ?? Number.POSITIVE_INFINITY;
  const put = (entry: Entry, time: number, seat: number) => {
    heap[seat] = entry;
    times[seat] = time;
    entry.seat = seat;
  };
  /** Moves who sits in one seat to another, and gives the seat that is free then. */
  const move = (from: number, to: number) => {
    const entry = heap[from];
    if (entry !== undefined) put(entry, timeAt(from), to);
    return from;
  };
  const below = (seat: number) => {
    const [left, right] = [2 * seat + 1, 2 * seat + 2];
    return timeAt(right) < timeAt(left) ? right : left;
  };
  /** Frees a seat for who is due at `time`: those above `free` that are due later come down. */
  const rise = (free: number, time: number) => {
    let seat = free;
    while (seat > 0 && time < timeAt(above(seat))) seat = move(above(seat), seat);
    return seat;
  };
  /** The same downwards: those below that are due earlier come up. */
  const sink = (free: number, time: number) => {
    let seat = free;
    while (timeAt(below(seat)) < time) seat = move(below(seat), seat);
    return seat;
  };

  const add = (entry: Entry, time: number) => put(entry, time, rise(heap.length, time));
  const remove = (entry: Entry) => {
    const { seat } = entry;
    if (seat === undefined) return;
    entry.seat = undefined;
    const [last, time] = [heap.pop(), times.pop()];
    if (last === undefined || time === undefined || last === entry) return;
    put(last, time, sink(rise(seat, time), time));
  };

  return {
    first: () => heap[0],
    *due(now) {
      for (let next = heap[0]; next !== undefined && isDue(next.task, now); next = heap[0]) yield next;
    },
    place: (entry) => {
      const { task, seat } = entry;
      if (!isOpen(task) || task.deadlineAt === undefined) remove(entry);
      else if (seat === undefined) add(entry, task.deadlineAt);
    },
    remove,
  };
}

function above(seat: number): number {
  return (seat - 1) >> 1;
}
