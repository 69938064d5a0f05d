import type { AsyncFunctionView } from './views.ts';

/** The words of the components. Give your own for another language, or another tone. */
export interface Labels {
  /** The name of the tray. */
  readonly tray: string;
  /** What a tool is called. */
  readonly tool: (toolName: string) => string;
  readonly status: (status: AsyncFunctionView['status']) => string;
  /** @param time For example `12:30`. */
  readonly elapsed: (time: string) => string;
  readonly remaining: (time: string) => string;
  /** The deadline has passed. */
  readonly overdue: string;
  /** @param tool As {@link Labels.tool} calls it. */
  readonly progress: (tool: string) => string;
  readonly cancel: string;
  /** The name of the button for those who do not see beside what it stands. */
  readonly cancelOf: (tool: string) => string;
  /** The field of an answer. */
  readonly answer: string;
  readonly send: string;
  readonly yes: string;
  readonly no: string;
  /** The request itself failed. */
  readonly failed: string;
  /** Said when a call has its outcome. @param status As {@link Labels.status} says it. */
  readonly settled: (tool: string, status: string) => string;
}

const statuses: Readonly<Record<AsyncFunctionView['status'], string>> = {
  working: 'Working',
  input_required: 'Waits for your answer',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  expired: 'Expired',
  withheld: 'Withheld',
};

const english: Labels = {
  tray: 'Pending calls',
  tool: (toolName) => toolName.replaceAll(/[_-]+/g, ' '),
  status: (status) => statuses[status],
  elapsed: (time) => `for ${time}`,
  remaining: (time) => `${time} left`,
  overdue: 'Overdue',
  progress: (tool) => `Progress of ${tool}`,
  cancel: 'Cancel',
  cancelOf: (tool) => `Cancel ${tool}`,
  answer: 'Your answer',
  send: 'Send',
  yes: 'Yes',
  no: 'No',
  failed: 'That did not reach the server. Try again.',
  settled: (tool, status) => `${tool}: ${status}`,
};

/** The words that are given, and English for the rest. */
export function withEnglish(labels: Partial<Labels> | undefined): Labels {
  return { ...english, ...labels };
}
