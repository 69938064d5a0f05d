import { type WireObject, wireObject } from './wire-value.ts';

type Version = { readonly family: string; readonly major: number; readonly minor: number };

/** What `claude-opus-4-7` and its kind say of themselves; the names before Claude 4 are another pattern. */
function versionOf(model: unknown): Version | undefined {
  const [, family, major, minor = '0'] =
    /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:-(\d{1,2})(?=-|@|$))?(?=-|@|$)/.exec(String(model)) ?? [];
  return family === undefined ? undefined : { family, major: Number(major), minor: Number(minor) };
}

function isAtLeast(model: unknown, major: number, minor: number): boolean {
  const version = versionOf(model);
  return version !== undefined && (version.major > major || (version.major === major && version.minor >= minor));
}

/** Whether the model takes `enabled` with a budget. Source: earendil-works/pi#3297 (4.7), Kilo-Org/kilocode#10732 (4.8). */
export function takesManualThinking(model: unknown): boolean {
  return !isAtLeast(model, 4, 7);
}

/**
 * Whether the model binds a thinking block to all that stands before it. Source: the models named in
 * platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks. The API enforces it for accounts made
 * since August 31, 2026; this server for everyone.
 */
export function bindsThinking(model: unknown): boolean {
  const isFirst = ['fable', 'mythos'].includes(versionOf(model)?.family ?? '');
  return isAtLeast(model, 5, isFirst ? 1 : 5);
}

/**
 * How the request has the model think. Models from Claude 5 on do unless told otherwise. Source:
 * platform.claude.com/docs/en/build-with-claude/thinking, as quoted in checkmarble/llmberjack#14.
 */
export function thinkingMode({ model, thinking }: WireObject): 'off' | 'manual' | 'adaptive' {
  switch (wireObject(thinking).type) {
    case 'enabled':
      return 'manual';
    case 'adaptive':
    case 'between_tools':
      return 'adaptive';
    case 'disabled':
      return 'off';
    default:
      return isAtLeast(model, 5, 0) ? 'adaptive' : 'off';
  }
}

/**
 * Whether the text of a thinking block is shown. If not, the block is there all the same, signed and with an empty
 * text: the default from Claude 4.7 on. Source: as for `thinkingMode`; `display` in @ai-sdk/anthropic's documentation.
 */
export function showsThinking({ model, thinking }: WireObject): boolean {
  const { type, display } = wireObject(thinking);
  return type === 'between_tools' || (display === undefined ? !isAtLeast(model, 4, 7) : display !== 'omitted');
}
