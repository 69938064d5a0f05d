import { LATECALL } from '../carrier.ts';

const carriers = ['providerMetadata', 'callProviderMetadata', 'resultProviderMetadata'] as const;

/** A chunk or part of a UI message without what rides on it for the server. The same object if it is clean. */
export function withoutCargoMetadata<PART extends object>(part: PART): PART {
  let cleaned: Record<string, unknown> | undefined;
  for (const carrier of carriers) {
    const metadata: unknown = Object.hasOwn(part, carrier) ? part[carrier as keyof PART] : undefined;
    if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, LATECALL)) continue;
    const { [LATECALL]: _, ...others } = metadata as Record<string, unknown>;
    const { [carrier]: __, ...rest } = cleaned ?? (part as Record<string, unknown>);
    cleaned = Object.keys(others).length === 0 ? rest : { ...rest, [carrier]: others };
  }
  return cleaned === undefined ? part : (cleaned as PART); // the same part; only optional members became smaller
}
