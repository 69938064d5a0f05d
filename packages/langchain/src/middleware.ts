import type { AgentMiddleware } from 'langchain';
import type { Binding } from './binding.ts';
import { type GateMiddleware, gate } from './gate.ts';
import { projector } from './projector.ts';

/** Latecall's middlewares around the app's own. */
export function middlewareAround<const OWN extends readonly AgentMiddleware[]>(
  binding: Binding,
  own: OWN,
): [GateMiddleware, ...OWN, AgentMiddleware] {
  return [gate(binding), ...own, projector(binding)];
}
