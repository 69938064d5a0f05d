/** Under this name our parts ride on the host's own, in `providerOptions` and `providerMetadata`. */
export const LATECALL = 'latecall';

/** The kind of the custom part that says, in the app's history, which results a message was written with. */
export const RESPONSE_KIND = 'latecall.response';

/** What may ride on a part of a message. All of it is unproved until core has checked it. */
export interface Cargo {
  /** On a placeholder: the request. */
  readonly request?: unknown;
  /** On a late result: the response. */
  readonly response?: unknown;
  /** On the custom part of kind {@link RESPONSE_KIND}. */
  readonly consumption?: unknown;
  /** On a call: the turn that made it, and which of several equal calls it is. */
  readonly turn?: unknown;
  readonly occurrence?: unknown;
}

/** The part that says, in the app's history, which results a message was written with. */
export function isConsumption(part: { type: string; kind?: string }): boolean {
  return part.type === 'custom' && part.kind === RESPONSE_KIND;
}

/** What rides on a part, either on the part itself or on its output. */
export function cargoOf(part: object): Cargo {
  const own = unpack(part);
  const onOutput = unpack(member(part, 'output'));
  return onOutput === none ? own : { ...onOutput, ...own };
}

const none: Cargo = {};

function unpack(carrier: unknown): Cargo {
  const options = member(carrier, 'providerOptions');
  const cargo = member(options, LATECALL);
  return typeof cargo === 'object' && cargo !== null ? cargo : none;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** The part without anything of ours: what may reach a provider or a gateway (law 5). The same object if it is clean. */
export function withoutCargo<PART extends object>(part: PART): PART {
  const cleaned = withoutOwnCargo(part);
  const output = member(cleaned, 'output');
  if (typeof output !== 'object' || output === null) return cleaned;
  const cleanedOutput = withoutOwnCargo(output);
  return cleanedOutput === output ? cleaned : { ...cleaned, output: cleanedOutput };
}

function withoutOwnCargo<PART extends object>(part: PART): PART {
  const options = member(part, 'providerOptions');
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, LATECALL)) return part;
  const { [LATECALL]: _, ...others } = options as Record<string, unknown>;
  const { providerOptions: __, ...rest } = part as PART & { providerOptions?: unknown };
  const cleaned = Object.keys(others).length === 0 ? rest : { ...rest, providerOptions: others };
  return cleaned as PART; // the same part; only an optional member became smaller
}
