// The model of both stories: the real one if there is a key, else a scripted one behind a strict local OpenAI server
// (real HTTP; it refuses the histories that OpenAI refuses).
import { createOpenAI, openai } from '@ai-sdk/openai';
import { type ModelPolicy, startOpenAIServer } from '@latecall/testing';
import { toolResults } from '../shared/read-view.ts';

export type Model = ReturnType<typeof openai>;

/**
 * Does the same in both stories, and what real models are often seen to do: it takes what a tool returned for the
 * result. It knows nothing but what it is sent.
 */
const scriptedModel: ModelPolicy = (view) => {
  const results = toolResults(view);
  if (results.length === 0) {
    return {
      toolCalls: [
        { name: 'renderVideo', arguments: { kind: 'teaser' } },
        { name: 'renderVideo', arguments: { kind: 'film' } },
        { name: 'weather', arguments: { city: 'Oslo' } },
      ],
    };
  }
  const lines = results.map(({ name, output }) => `${name === 'weather' ? 'Oslo' : 'video'}: ${nameIn(output)}`);
  return { text: ['Everything is done.', ...lines].join('\n') };
};

/** A link if there is one, else whatever looks like the name of the thing. */
function nameIn(output: unknown): string {
  const { url, jobId, handle, celsius } = output as Record<string, unknown>; // our own tools return objects
  return celsius === undefined ? String(url ?? jobId ?? handle) : `${celsius} °C`;
}

export interface RunningModel {
  readonly model: Model;
  readonly scripted: boolean;
  readonly close: () => Promise<void>;
}

export async function startModel(): Promise<RunningModel> {
  if (process.env.OPENAI_API_KEY) return { model: openai('gpt-5'), scripted: false, close: async () => {} };
  const server = await startOpenAIServer({ model: scriptedModel });
  const local = createOpenAI({ baseURL: server.baseURL, apiKey: 'local' });
  return { model: local('gpt-5'), scripted: true, close: server.close };
}
