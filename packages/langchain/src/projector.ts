import type { AIMessage } from '@langchain/core/messages';
import { Command, getCurrentTaskInput } from '@langchain/langgraph';
import { PendingError } from '@latecall/core';
import { type AgentMiddleware, createMiddleware } from 'langchain';
import type { Binding } from './binding.ts';
import { type LedgerState, restoreLedger } from './ledger.ts';
import { traitsOf } from './model-traits.ts';
import { callModel } from './run-model.ts';
import { scopeOf } from './scope-of.ts';

/** The last middleware of an agent, right around the model: it projects the prompt and marks results as told. */
export function projector(binding: Binding): AgentMiddleware {
  return createMiddleware({
    name: 'LatecallProjector',
    wrapModelCall: async (request, handler) => {
      const { messages, model, modelSettings, runtime } = request;
      // Where another process takes up the run from here. A state schema would be parsed anew for every model call.
      const { configurable = {} } = runtime;
      await restoreLedger(binding, runtime, () => getCurrentTaskInput<LedgerState>({ configurable }));
      const answer = await callModel<Answer>({
        binding,
        scope: scopeOf(binding.scope, runtime),
        messages,
        host: runtime,
        model: await traitsOf(model, messages),
        callsElsewhere: modelSettings?.previous_response_id !== undefined,
        alone: false,
        call: async (prompt) => handler({ ...request, messages: prompt }),
        messageIn: (given) => ('messages' in given ? given.messages[0] : given),
        withMessage: (given, message) =>
          'messages' in given ? { ...given, messages: [message, ...given.messages.slice(1)] } : message,
      });
      if (answer === undefined) return endOfRun(request.responseFormat);
      return answer as AIMessage; // or the answer with a structured response, which the host gives and takes here too
    },
  });
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
