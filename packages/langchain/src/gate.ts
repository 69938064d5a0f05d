import { type BaseMessage, isAIMessage } from '@langchain/core/messages';
import { type AgentMiddleware, createMiddleware } from 'langchain';
import { type Binding, isAtRest } from './binding.ts';
import { asyncFunctionsTransformer } from './events-transformer.ts';
import { type HostConfig, isNested } from './host-config.ts';
import { keepLedger, type LedgerState, ledgerState, restoreLedger } from './ledger.ts';
import { pendingIn } from './project.ts';
import { type Conversing, waitingIn } from './run-model.ts';
import { scopeOf } from './scope-of.ts';
import { takeResumed } from './take-resumed.ts';
import { checkCheckpointer, interrupts, waitFor } from './wait.ts';

/**
 * The first middleware of an agent: before anything is prepared for a model call it lets responses in and, while the run
 * has to wait, ends or interrupts it. An end from here skips the `afterAgent` hooks of other middlewares: the agent's work
 * is not over. At the end it sees to it that a nested agent does not end with calls pending.
 */
export function gate(binding: Binding): GateMiddleware {
  return createMiddleware({
    name: 'LatecallGate',
    stateSchema: ledgerState,
    streamTransformers: [asyncFunctionsTransformer],
    beforeModel: {
      canJumpTo: ['end', 'tools'],
      hook: (state, host) => holdBack(gateCall(binding, state as State, host)),
    },
    // Not afterModel: with a hook there, the host takes a call for answered whose id an earlier turn had used.
    afterAgent: {
      canJumpTo: ['model'],
      hook: (state, host) => holdOpen(gateCall(binding, state as State, host)),
    },
  });
}

/** Latecall's first middleware: it brings `asyncFunctions` to the extensions of `streamEvents` v3. */
// biome-ignore lint/suspicious/noExplicitAny: as LangChain's own AgentMiddleware
export type GateMiddleware = AgentMiddleware<any, any, any, readonly [], readonly [typeof asyncFunctionsTransformer]>;

type State = LedgerState & { readonly messages: BaseMessage[] };

interface GateCall extends Conversing {
  readonly state: State;
}

function gateCall(binding: Binding, state: State, host: HostConfig): GateCall {
  return { binding, state, scope: scopeOf(binding.scope, host), messages: state.messages, host };
}

async function holdBack(call: GateCall) {
  const { binding, state, scope, messages, host } = call;
  checkCheckpointer(binding, host);
  await restoreLedger(binding, host, () => state);
  for (;;) {
    const open = await waitingIn(call);
    const ledger = await keepLedger(call);
    if (open === undefined) return isSpent(call) ? { ...ledger, jumpTo: 'end' as const } : ledger;
    // By way of the tools, which have nothing to do, back to here: an interrupt keeps nothing of what is in our hands.
    const again = messages.some(isAIMessage) ? { jumpTo: 'tools' as const } : undefined;
    if (again !== undefined && ledger !== undefined && interrupts(binding, host)) return { ...ledger, ...again };
    const waited = await waitFor({ binding, scope, host, open });
    if (waited.type === 'end') return { ...ledger, jumpTo: 'end' as const };
    const taken = await takeResumed(binding, scope, waited.value);
    if (again !== undefined && taken.length > 0) return { messages: taken, ...again };
  }
}

/** Nothing is left of the conversation's budget: the run ends here. */
function isSpent({ binding, scope, host }: GateCall): boolean {
  const budget = binding.budget?.(scope);
  if (budget === undefined) return false;
  if (isAtRest(binding, host)) budget.start();
  return budget.exhausted();
}

/** The model of a nested agent has said its last word while calls in mode `continue` are pending. */
async function holdOpen(call: GateCall) {
  const { binding, scope, host } = call;
  const ledger = await keepLedger(call);
  if (!isNested(host)) return ledger;
  for (;;) {
    const open = await pendingIn(binding, scope);
    if (open.length === 0) return ledger;
    const waited = await waitFor({ binding, scope, host, open });
    if (waited.type === 'end') return ledger;
    const taken = await takeResumed(binding, scope, waited.value);
    const stillOpen = await pendingIn(binding, scope);
    if (stillOpen.length < open.length) return { ...ledger, messages: taken, jumpTo: 'model' as const };
  }
}
