import { canonicalJson } from '../base/json.ts';
import type { AuditEvent } from './audit.ts';
import type { LineageState, LineageTask } from './lineage-task.ts';

/** One sentence of a task's story. */
export interface LineageStep {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** For people. */
  readonly text: string;
}

/** Says how a task came to be in its state, and in the last sentence which one that is. */
export function explainTask(task: LineageTask): LineageStep[] {
  const steps = task.events.map((event): LineageStep => ({ at: event.at, text: sentenceOf(event) }));
  const at = Math.max(...task.events.map((event) => event.at), task.consumption?.at ?? 0);
  return [...steps, { at, text: `So it ${standing(task)}.` }];
}

function sentenceOf(event: AuditEvent): string {
  const { type, turn, callId, toolName, handle = event.id, detail, sequelOf } = event;
  switch (type) {
    case 'task.created':
      return `Turn "${turn}" made call "${callId}" of tool "${toolName}": recorded as "${handle}"${dependencies(event)}.`;
    case 'task.rejoined':
      return `Call "${callId}" of turn "${turn}" joined it: nothing new was dispatched for that call.`;
    case 'task.dispatched':
      return 'It was dispatched, and its receipt was stored.';
    case 'task.dispatch-failed':
      return `Its dispatch failed: ${detail}. The host told the model so in the place of a receipt.`;
    case 'task.progress':
      return `The outside reported news${because(detail, ', which made it')}.`;
    case 'task.input-requested':
      return 'The outside asked a question.';
    case 'task.input-answered':
      return `A question was answered${because(detail, ', which made it')}.`;
    case 'task.settled':
      return sequelOf === undefined
        ? `It was settled: ${detail}.`
        : `It brings the late result of expired task "${sequelOf}": ${detail}.`;
    case 'task.refused':
      return `An attempt to settle it was refused: ${detail}.`;
    case 'task.quarantined':
      return `A result that no model may see was put aside: ${detail}.${permitted(event)}`;
    case 'task.expired':
      return 'Its deadline passed before a result came.';
    case 'task.cancelled':
      return `It was cancelled${because(detail, ':')}.`;
    case 'task.claimed':
      return `Turn "${turn}" claimed its outcome, to show it to the model.`;
    case 'task.released':
      return 'The claim was given back: the model call did not finish.';
    case 'task.consumed':
      return `Turn "${turn}" was told: ${detail}.${permitted(event)}`;
    case 'task.withheld':
      return `Turn "${turn}" was told that the result is withheld.${permitted(event)}`;
    case 'policy.failed':
      return `The policy gave no answer: ${detail}. Nothing was decided.`;
    case 'history.ignored':
      return `Something in the messages that named it proved nothing, and was ignored: ${detail}.`;
    case 'turn.finished':
      return `Turn "${turn}" finished.`;
    default:
      return `Something that this version does not know: ${type satisfies never}.`;
  }
}

function dependencies({ dependsOn = [] }: AuditEvent): string {
  return dependsOn.length === 0 ? '' : `, to be told after ${dependsOn.map((id) => `"${id}"`).join(', ')}`;
}

function because(detail: string | undefined, link: string): string {
  return detail === undefined ? '' : `${link} ${detail}`;
}

function permitted({ permissions }: AuditEvent): string {
  if (permissions === undefined) return '';
  const { atDispatch, now } = permissions;
  return ` Permitted when the call was made: ${canonicalJson(atDispatch)}; then: ${canonicalJson(now)}.`;
}

const standings: Record<LineageState, string> = {
  dispatching: 'was recorded, and whether it was dispatched is not known',
  working: 'waits for its result',
  input_required: 'waits for an answer to a question',
  completed: 'is completed',
  failed: 'has failed',
  cancelled: 'is cancelled',
  expired: 'has expired',
  withheld: 'is over, and its result is withheld',
};

function standing({ state, consumption, events }: LineageTask): string {
  if (consumption !== undefined) return `${standings[state]}, and turn "${consumption.turn}" was told`;
  const open = state === 'dispatching' || state === 'working' || state === 'input_required';
  const byHost = events.some(({ type }) => type === 'task.dispatch-failed');
  return `${standings[state]}${open || byHost ? '' : ', and no turn was told yet'}`;
}
