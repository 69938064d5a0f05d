import { isCallItem } from './openai-responses-items.ts';
import type { WireObject } from './wire-value.ts';

/**
 * Whether the model has native async calls: GPT-6 and later. Source: `isGpt6OrLaterModel` in the model catalog of
 * `@ai-sdk/openai`; "GPT-6 Astra and later" in its documentation.
 */
export function hasNativeAsync(model: unknown): boolean {
  const major = /^gpt-(\d+)(?:\.\d+)?(?:-.+)?$/.exec(String(model))?.[1];
  return major !== undefined && Number(major) >= 6;
}

/**
 * Whether the call may stay open: its result comes in a later request, under the same call id. Source:
 * developers.openai.com/api/docs/guides/async-tool-calling ("When a job finishes, include its output in a later
 * Responses request"); a turn that ended while a call was open, and the late result taken: earendil-works/pi#9113.
 */
export function mayStayOpen(item: WireObject): boolean {
  return isCallItem(item) && item.async === true;
}
