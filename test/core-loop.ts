import {
  type AsyncFunctionConsumption,
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  type AsyncToolDefinition,
  AWAIT_ASYNC_RESULT,
  beginTurn,
  canonicalJson,
  createLatecallTasks,
  createRuntime,
  DispatchError,
  dispatch,
  envelope,
  type Json,
  type PromptPlan,
  placeholder,
  type Showing,
  signResponse,
  type Transcript,
  tell,
} from '@latecall/core';
import { type AgentSetup, type ConformanceAdapter, type ConformanceTool, conformanceTasks } from '@latecall/testing';
import { z } from 'zod';

/** A message of OpenAI's chat API, with what is ours beside what is the provider's. */
interface Message {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string | null;
  readonly tool_calls?: readonly Call[];
  readonly tool_call_id?: string;
  readonly ours?: {
    readonly request?: AsyncFunctionRequest;
    readonly response?: AsyncFunctionResponse;
    readonly consumptions?: readonly AsyncFunctionConsumption[];
  };
}

interface Call {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type AsyncConformanceTool = Extract<ConformanceTool, { kind: 'async' }>;

/**
 * An agent loop on core alone, as a host without an adapter would write it: OpenAI's chat API by `fetch`, in about a
 * hundred lines. What the adapters do must come to the same.
 */
export const coreLoop: ConformanceAdapter = {
  name: 'core',
  create: (setup) => {
    const runtime = createRuntime(setup.runtime);
    const { scope } = setup;
    const definitions = new Map(setup.tools.filter(isAsync).map(({ name, definition }) => [name, definition]));
    const open = (messages: readonly Message[], atRest: boolean) =>
      beginTurn({
        runtime,
        tools: definitions,
        scope,
        transcript: read(messages),
        claimant: crypto.randomUUID(),
        atRest,
        idleTurns: setup.idleTurns,
      });

    const run = async (history: readonly Message[]): Promise<Message[]> => {
      const added: Message[] = [];
      for (;;) {
        const messages = [...history, ...added];
        const turn = await open(messages, added.length === 0);
        if (turn.type === 'suspended') return added;
        const answer = await ask(setup, write(messages, turn.plan));
        const consumptions = await turn.finish();
        added.push(consumptions.length === 0 ? answer : { ...answer, ours: { consumptions } });
        const made = answer.tool_calls ?? [];
        if (made.length === 0) return added;
        const id = await turn.id();
        for (const [index, call] of made.entries()) {
          const occurrence = made.slice(0, index).filter((other) => sameCall(other, call)).length;
          added.push(await runTool(call, { turn: id, occurrence }));
        }
      }
    };

    const runTool = async (call: Call, stamp: { turn: string; occurrence: number }): Promise<Message> => {
      const { name } = call.function;
      const args: unknown = JSON.parse(call.function.arguments);
      const declared = setup.tools.find((tool) => tool.name === name);
      const answered = (content: string): Message => ({ role: 'tool', tool_call_id: call.id, content });
      if (declared?.kind === 'sync') return answered(JSON.stringify(await declared.execute(args as never)));
      const definition = definitions.get(name) as AsyncToolDefinition;
      try {
        const made = { callId: call.id, toolName: name, arguments: args, scope, ...stamp };
        const request = await dispatch({ runtime, definition, call: made });
        return { ...answered(JSON.stringify(placeholder(request.handle))), ours: { request } };
      } catch (error) {
        if (!DispatchError.isInstance(error)) throw error;
        return answered(error.message);
      }
    };

    return {
      ...conformanceTasks(
        createLatecallTasks(runtime, () => definitions),
        undefined,
      ),
      run: async (history) => {
        const added = await run(history as unknown as Message[]);
        const last = added.at(-1);
        return { added: added as unknown as Json[], text: last?.role === 'assistant' ? (last.content ?? '') : '' };
      },
      userMessage: (text) => ({ role: 'user', content: text }),
      responseMessage: async (responses) =>
        (await Promise.all(
          responses.map(async (response) => ({
            role: 'tool',
            tool_call_id: response.functionCall.callId,
            content: '',
            ours: { response: await signResponse(runtime.signer, response) },
          })),
        )) as unknown as Json,
      requests: (history) => requestsIn(history as unknown as Message[]),
      approve: () => [],
    };
  },
};

function isAsync(tool: ConformanceTool): tool is AsyncConformanceTool {
  return tool.kind === 'async';
}

function sameCall(one: Call, other: Call): boolean {
  return canonicalJson({ ...one.function }) === canonicalJson({ ...other.function });
}

function requestsIn(messages: readonly Message[]): AsyncFunctionRequest[] {
  const open = new Map<string, AsyncFunctionRequest>();
  for (const { ours = {} } of messages.flat()) {
    if (ours.request !== undefined) open.set(ours.request.id, ours.request);
    for (const { response } of ours.consumptions ?? []) open.delete(response.id);
  }
  return [...open.values()];
}

function read(messages: readonly Message[]): Transcript {
  return {
    messages: messages.map(({ role, tool_calls = [], tool_call_id = '', ours = {} }) => ({
      role,
      calls: tool_calls.map(({ id, function: { name } }) => ({ callId: id, name })),
      results: role === 'tool' ? [{ part: 0, callId: tool_call_id, ...ours }] : [],
      consumptions: ours.consumptions ?? [],
    })),
    fingerprint: () =>
      messages.map(({ role, content, tool_calls = [] }) => [role, content, JSON.stringify(tool_calls)]),
  };
}

function write(messages: readonly Message[], plan: PromptPlan): Message[] {
  const inserted = (before: number) =>
    plan.insert
      .filter((entry) => entry.before === before)
      .flatMap(({ results }) =>
        results.flatMap((result): Message[] => {
          const { handle, toolName, answers } = result;
          if (result.as === 'envelope') {
            return [{ role: 'user', content: envelope({ handle, toolName, telling: tell(result) }) }];
          }
          const made = { name: AWAIT_ASYNC_RESULT, arguments: JSON.stringify({ handle }) };
          return [
            { role: 'assistant', content: null, tool_calls: [{ id: answers, type: 'function', function: made }] },
            { role: 'tool', tool_call_id: answers, content: shown(result) },
          ];
        }),
      );
  const written = messages.flatMap(({ ours: _, ...message }, index) => {
    const rewrite = plan.rewrite.find((entry) => entry.message === index);
    const dropped = plan.drop.some((entry) => entry.message === index);
    const kept = dropped ? [] : [rewrite === undefined ? message : { ...message, content: shown(rewrite.show) }];
    const filled = plan.fill
      .filter((entry) => entry.message === index)
      .map(({ show }): Message => ({ role: 'tool', tool_call_id: show.callId, content: shown(show) }));
    return [...inserted(index), ...kept, ...filled];
  });
  return [...written, ...inserted(messages.length)];
}

function shown({ handle, outcome, stale }: Showing): string {
  if (outcome === undefined) return JSON.stringify(placeholder(handle));
  const telling = tell({ outcome, stale });
  return telling.kind === 'error' ? telling.text : JSON.stringify(telling.value);
}

async function ask({ baseURL, tools }: AgentSetup, messages: readonly Message[]): Promise<Message> {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer local' },
    body: JSON.stringify({
      model: 'gpt-5',
      messages,
      tools: tools.map((tool) => ({
        type: 'function',
        function: { name: tool.name, parameters: 'inputSchema' in tool ? z.toJSONSchema(tool.inputSchema) : {} },
      })),
    }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { choices } = (await response.json()) as { choices: [{ message: Message }] };
  return choices[0].message;
}
