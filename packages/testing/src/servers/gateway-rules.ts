import { gatewayShapeRules } from './gateway-shape-rules.ts';
import { gatewayToolTurnRules } from './gateway-tool-turn-rules.ts';
import { firstRefusal, type ProviderRefusal, type RefusalRule } from './provider-refusal.ts';
import { wireObject } from './wire-value.ts';

/** Every rule of the gateway, in the order in which they are asked. */
export const gatewayRules: readonly RefusalRule[] = [...gatewayShapeRules, ...gatewayToolTurnRules];

/** Why the gateway refuses these call options, if it does. */
export function refuseGateway(body: unknown): ProviderRefusal | undefined {
  return firstRefusal(gatewayRules, wireObject(body));
}
