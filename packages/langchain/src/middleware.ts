import type { AIMessage } from '@langchain/core/messages';
import { Command } from '@langchain/langgraph';
import { PendingError } from '@latecall/core';
import { type AgentMiddleware, createMiddleware } from 'langchain';
import type { Binding } from './binding.ts';
import { asyncFunctionsTransformer } from './events-transformer.ts';
import type { HostConfig } from './host-config.ts';
import { LEDGER, type Ledger, ledgerState, ledgerUpdate, restoreLedger } from './ledger.ts';
import { traitsOf } from './model-traits.ts';
import { callModel, mayGoOn } from './run-model.ts';
import { scopeOf } from './scope-of.ts';

/**
 * The first middleware of an agent: before anything is prepared for a model call it lets responses in and, while the run
 * has to wait, ends or interrupts it. An end from here skips the `afterAgent` hooks of other middlewares: the agent's work
 * is not over.
 */
export function gate(binding: Binding): AgentMiddleware {
  return createMiddleware({
    name: 'LatecallGate',
    ...(binding.keepsLedger ? { stateSchema: ledgerState } : {}),
    streamTransformers: [asyncFunctionsTransformer],
    beforeModel: {
      canJumpTo: ['end'],
      hook: async (state, runtime) => {
        const scope = scopeOf(binding.scope, runtime);
        const ledger = ledgerIn(state);
        if (binding.keepsLedger) await restoreLedger(binding, ledger);
        const goesOn = await mayGoOn({
          binding,
          scope,
          messages: state.messages,
          host: runtime,
          callsElsewhere: false,
        });
        const update = binding.keepsLedger ? await ledgerUpdate(binding, scope, ledger) : undefined;
        if (goesOn && update === undefined) return undefined;
        return { ...(update === undefined ? {} : { [LEDGER]: update }), ...(goesOn ? {} : { jumpTo: 'end' as const }) };
      },
    },
  });
}

/** The last middleware of an agent, right around the model: it projects the prompt and marks results as told. */
export function projector(binding: Binding): AgentMiddleware {
  const middleware: AgentMiddleware = createMiddleware({
    name: 'LatecallProjector',
    wrapModelCall: async (request, handler) => {
      const { messages, model, modelSettings, runtime, state } = request;
      if (binding.keepsLedger) await restoreLedger(binding, ledgerIn(state));
      const answer = await callModel<Answer>({
        binding,
        scope: scopeOf(binding.scope, runtime),
        messages,
        host: runtime,
        model: traitsOf(model, messages),
        callsElsewhere: modelSettings?.previous_response_id !== undefined,
        call: async (prompt) => handler({ ...request, messages: prompt }),
        messageIn: (given) => ('messages' in given ? given.messages[0] : given),
        withMessage: (given, message) =>
          'messages' in given ? { ...given, messages: [message, ...given.messages.slice(1)] } : message,
      });
      if (answer === undefined) return endOfRun(request.responseFormat);
      return answer as AIMessage; // or the answer with a structured response, which the host gives and takes here too
    },
  });
  return binding.keepsLedger
    ? { ...middleware, stateSchema: ledgerState, afterModel: keepLedger(binding) }
    : middleware;
}

/** Brings the ledger up to date with what the model was just told. */
function keepLedger(binding: Binding): NonNullable<AgentMiddleware['afterModel']> {
  const hook = async (state: object, runtime: HostConfig) => {
    const update = await ledgerUpdate(binding, scopeOf(binding.scope, runtime), ledgerIn(state));
    return update === undefined ? undefined : { [LEDGER]: update };
  };
  return hook as NonNullable<AgentMiddleware['afterModel']>; // the state of any agent; the schema above is ours
}

/** What the host's own model call gives; with a response format, the model's message is the first of several. */
type Answer = AIMessage | { structuredResponse: unknown; messages: [AIMessage, ...AIMessage[]] };

/**
 * Another run took the results between the gate and here. An answer without a message ends the run; where a response
 * format is wanted the host would ask the model again, for ever.
 */
function endOfRun(responseFormat: unknown): Command {
  if (responseFormat !== undefined) {
    throw new PendingError({ tasks: [], advice: 'Another run of this conversation is telling its results right now.' });
  }
  return new Command({ update: {} });
}

function ledgerIn(state: object): Ledger | undefined {
  return (state as { [LEDGER]?: Ledger })[LEDGER];
}
