import type { AsyncFunctionData } from '@latecall/core';
import { getToolName, isToolUIPart, type UIDataTypes, type UIMessage, type UITools } from 'ai';

type PendingStatus = 'working' | 'input_required';
type SettledStatus = Exclude<AsyncFunctionData['status'], PendingStatus>;

type ToolsOf<UI_MESSAGE extends UIMessage> =
  UI_MESSAGE extends UIMessage<unknown, UIDataTypes, infer TOOLS> ? TOOLS : UITools;

interface Tool {
  readonly input: unknown;
  readonly output: unknown;
}

/** A dispatched call as a page shows it. */
export interface AsyncFunctionViewOf<NAME extends string, TOOL extends Tool, STATUS extends AsyncFunctionData['status']>
  extends Readonly<Omit<AsyncFunctionData, 'toolName' | 'status'>> {
  readonly toolName: NAME;
  readonly status: STATUS;
  /** What the model called it with; missing before the message with the call is here. */
  readonly input?: TOOL['input'];
  /** The result, once a model was told it. */
  readonly output?: TOOL['output'];
  /** What a model was told instead of a result. */
  readonly errorText?: string;
}

type Views<UI_MESSAGE extends UIMessage, STATUS extends AsyncFunctionData['status']> = {
  [NAME in keyof ToolsOf<UI_MESSAGE> & string]: AsyncFunctionViewOf<NAME, ToolsOf<UI_MESSAGE>[NAME], STATUS>;
}[keyof ToolsOf<UI_MESSAGE> & string];

/** A call that waits for its outcome: one of the app's own tools, told apart by `toolName`. */
export type PendingView<UI_MESSAGE extends UIMessage = UIMessage> = Views<UI_MESSAGE, PendingStatus>;

/** A call that has its outcome. */
export type SettledView<UI_MESSAGE extends UIMessage = UIMessage> = Views<UI_MESSAGE, SettledStatus>;

/** Any dispatched call. */
export type AsyncFunctionView<UI_MESSAGE extends UIMessage = UIMessage> =
  | PendingView<UI_MESSAGE>
  | SettledView<UI_MESSAGE>;

/** The data of the calls by handle. */
export type LiveData = ReadonlyMap<string, AsyncFunctionData>;

type ToolPart = Extract<UIMessage['parts'][number], { toolCallId: string }>;

interface Shown {
  readonly data: AsyncFunctionData;
  readonly call: ToolPart | undefined;
}

/** A model was told the outcome: nothing is newer. */
function isTold({ call }: Shown): boolean {
  return call?.state.startsWith('output') === true;
}

/** The calls of a conversation, oldest first, each as its latest news say. */
export function viewsOf<UI_MESSAGE extends UIMessage>(
  messages: readonly UI_MESSAGE[],
  live: LiveData,
): AsyncFunctionView<UI_MESSAGE>[] {
  const shown = new Map<string, Shown>();
  const calls = new Map<string, ToolPart>(); // by id, which a provider may use again: the latest one so far
  for (const { parts } of messages) {
    const own: UIMessage['parts'] = parts;
    for (const part of own.filter(isToolUIPart)) calls.set(part.toolCallId, part);
    for (const data of own.flatMap((part) => dataOf(part) ?? [])) {
      shown.set(data.handle, { data, call: shown.get(data.handle)?.call ?? calls.get(data.toolCallId) });
    }
  }
  for (const [handle, data] of live) {
    const here = shown.get(handle);
    if (here === undefined) shown.set(handle, { data, call: calls.get(data.toolCallId) });
    else if (!isTold(here) && (isPending(here.data) || !isPending(data))) {
      shown.set(handle, { ...here, data: renewed(here.data, data) });
    }
  }
  const views = [...shown.values()].map(({ data, call }) => {
    if (call === undefined || getToolName(call) !== data.toolName) return data;
    return {
      ...data,
      input: call.input,
      ...(call.state === 'output-available' ? { output: call.output } : {}),
      ...(call.state === 'output-error' ? { errorText: call.errorText } : {}),
    };
  });
  views.sort((a, b) => (a.dispatchedAt < b.dispatchedAt ? -1 : Number(a.dispatchedAt > b.dispatchedAt)));
  return views as unknown as AsyncFunctionView<UI_MESSAGE>[]; // the server writes both parts of one of the app's tools
}

/** `true` while the call waits for its outcome. */
export function isPending({ status }: { readonly status: AsyncFunctionData['status'] }): boolean {
  return status === 'working' || status === 'input_required';
}

/** What a part says of a dispatched call. */
export function dataOf(part: UIMessage['parts'][number]): AsyncFunctionData | undefined {
  // The server makes these parts; messages of a client do not reach another one.
  return part.type === 'data-async-function' ? (part.data as AsyncFunctionData) : undefined;
}

/** The messages with the newest data in their parts; the same array if nothing changes. */
export function withLiveData<UI_MESSAGE extends UIMessage>(messages: UI_MESSAGE[], live: LiveData): UI_MESSAGE[] {
  let changed = false;
  const patched = messages.map((message) => {
    if (!message.parts.some((part) => isOutdated(part, live))) return message;
    changed = true;
    const parts = message.parts.map((part) => {
      const data = dataOf(part);
      const news = data === undefined ? undefined : live.get(data.handle);
      return news !== undefined && isOutdated(part, live) ? { ...part, data: renewed(data, news) } : part;
    });
    return { ...message, parts };
  });
  return changed ? patched : messages;
}

function isOutdated(part: UIMessage['parts'][number], live: LiveData): boolean {
  const data = dataOf(part);
  const news = data === undefined ? undefined : live.get(data.handle);
  if (data === undefined || news === undefined || (!isPending(data) && isPending(news))) return false;
  return JSON.stringify(data) !== JSON.stringify(renewed(data, news));
}

/** News know neither the receipt, nor beside which call of these messages they are shown. */
function renewed(data: AsyncFunctionData | undefined, news: AsyncFunctionData): AsyncFunctionData {
  if (data === undefined) return news;
  const { toolCallId, receipt } = data;
  return { ...news, toolCallId, ...(receipt === undefined ? {} : { receipt }) };
}
