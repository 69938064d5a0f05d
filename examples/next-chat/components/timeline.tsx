import type { Lineage, LineageTask } from '@latecall/core';
import { createTimeScale, formatSpan } from '../lib/time-scale.ts';

const width = 960;
const left = 190;
const right = 40;
const top = 64;
const row = 56;

/** When a task was recorded, when it got its outcome, and which turn was told of it. */
function momentsOf({ events, consumption, state }: LineageTask) {
  const settling = new Set(['task.settled', 'task.expired', 'task.cancelled', 'task.dispatch-failed']);
  const begun = events[0]?.at ?? 0;
  const settled = events.find(({ type }) => settling.has(type))?.at;
  const news = events.filter(({ type }) => type === 'task.progress' || type.startsWith('task.input-'));
  // The log may say that it is over without saying when: its process died just then.
  const open = state === 'dispatching' || state === 'working' || state === 'input_required';
  return { begun, settled: settled ?? (open ? undefined : consumption?.at), news: news.map(({ at }) => at) };
}

/** A picture of the log: who called what, how long it took, and which turn was told. */
export function Timeline({ lineage, now }: { lineage: Lineage; now: number }) {
  const tasks = lineage.tasks();
  const turns = lineage.turns().map(({ id, finishedAt }, index) => ({ id, at: finishedAt, name: `Turn ${index + 1}` }));
  const turnAt = (id: string) => turns.find((turn) => turn.id === id);
  const moments = tasks.map((task) => ({ task, ...momentsOf(task) }));
  const open = moments.some(({ settled }) => settled === undefined);
  const scale = createTimeScale([
    ...turns.flatMap(({ at }) => at ?? []),
    ...moments.flatMap(({ begun, settled, news, task }) => [
      begun,
      ...news,
      ...asList(settled),
      ...asList(task.consumption?.at),
    ]),
    ...(open ? [now] : []),
  ]);
  const x = (time: number) => left + scale.at(time) * (width - left - right);
  const height = top + tasks.length * row + 16;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it scrolls, also by keyboard
    <section className="timeline" aria-label="Timeline" tabIndex={0}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(tasks.length, turns.length)}>
        <text x={0} y={top - 24} className="lane-name">
          Model
        </text>
        <line x1={left} x2={width - right} y1={top - 28} y2={top - 28} className="axis" />
        {scale.breaks.map(({ at, ms }) => (
          <g key={at} transform={`translate(${left + at * (width - left - right)} ${top - 28})`} className="break">
            <path d="M-6 7l4-14M2 7l4-14" />
            <text y={-14}>{formatSpan(ms)}</text>
          </g>
        ))}
        {moments.map(({ task, begun, settled, news }, index) => {
          const y = top + index * row + 20;
          const end = settled ?? now;
          const told = task.consumption;
          const toldBy = told === undefined ? undefined : turnAt(told.turn);
          const madeBy = turnAt(task.calls[0]?.turn ?? '');
          return (
            <g key={task.id} className="lane" data-state={told?.status ?? task.state}>
              <text x={0} y={y - 2} className="lane-name">
                {task.toolName}
              </text>
              <text x={0} y={y + 14} className="lane-handle">
                {task.handle}
              </text>
              {madeBy !== undefined && <path className="made" d={`M${x(begun)} ${top - 28}V${y}`} />}
              <rect x={x(begun)} y={y - 7} width={Math.max(x(end) - x(begun), 4)} height={14} rx={7}>
                <title>{`${task.handle}: ${told?.status ?? task.state}, ${formatSpan(end - begun)}`}</title>
              </rect>
              {news.map((at) => (
                <circle key={at} className="news" cx={x(at)} cy={y} r={2.5} />
              ))}
              {settled !== undefined && <circle className="settled" cx={x(settled)} cy={y} r={8} />}
              {settled !== undefined && told !== undefined && (
                <path className="told" d={pathToTurn({ from: x(settled), to: x(toldBy?.at ?? told.at), y })} />
              )}
              <text x={x(end) - 4} y={y + 24} className="lane-state" textAnchor="end">
                {task.sequelOf === undefined
                  ? `${(told?.status ?? task.state).replace('_', ' ')}, ${formatSpan(end - begun)}`
                  : 'late result'}
              </text>
            </g>
          );
        })}
        {turns.map(({ id, at, name }, index) =>
          at === undefined ? null : (
            <g key={id} className="turn" transform={`translate(${x(at)} ${top - 28})`}>
              <circle r={8} />
              <text y={isClose(turns[index - 1]?.at, at, x) ? 22 : -14}>{name.slice('Turn '.length)}</text>
              <title>{name}</title>
            </g>
          ),
        )}
      </svg>
    </section>
  );
}

/** Two numbers side by side would run into each other. */
function isClose(before: number | undefined, at: number, x: (time: number) => number): boolean {
  return before !== undefined && x(at) - x(before) < 18;
}

/** Along the lane, then up to the turn. */
function pathToTurn({ from, to, y }: { from: number; to: number; y: number }): string {
  const up = top - 20;
  return to - from < 12 ? `M${from} ${y - 8}L${to} ${up}` : `M${from + 8} ${y}H${to}V${up}`;
}

function asList<VALUE>(value: VALUE | undefined): VALUE[] {
  return value === undefined ? [] : [value];
}

function describe(tasks: number, turns: number): string {
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  return `${count(tasks, 'dispatched call')} and ${count(turns, 'model turn')}. The list below says the same in words.`;
}
