import { type WireObject, wireObjects } from './wire-value.ts';

/** The type of an input item. A message may leave its type out. */
export function itemType(item: WireObject): string {
  return item.type === undefined && item.role !== undefined ? 'message' : String(item.type);
}

/** The input as items: a plain string is one user message. */
export function inputItems(body: WireObject): readonly WireObject[] {
  return typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : wireObjects(body.input);
}

/** Whether the item calls a tool that the caller runs. */
export function isCallItem(item: WireObject): boolean {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}

/** Whether the item is the result of such a call. */
export function isOutputItem(item: WireObject): boolean {
  return item.type === 'function_call_output' || item.type === 'custom_tool_call_output';
}

/** Whether the item is a message of this role. */
export function isMessageOf(item: WireObject, ...roles: readonly string[]): boolean {
  return itemType(item) === 'message' && roles.includes(String(item.role));
}
