// What the routes share. The addresses come from the environment, as in a deployment.
import { openai } from '@ai-sdk/openai';
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import { z } from 'zod';

const { RENDER_FARM_URL = '', CALLBACK_URL = '' } = process.env;

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  // The farm gets an address of its own for each job and a token that is good for this job only.
  dispatch: async ({ script }, { idempotencyKey, callback, signal }): Promise<{ jobId: string }> => {
    const body = JSON.stringify({ key: idempotencyKey, script, callback });
    const response = await fetch(RENDER_FARM_URL, { method: 'POST', body, signal });
    if (!response.ok) throw new Error(`The render farm answered ${response.status}.`);
    return z.object({ jobId: z.string() }).parse(await response.json());
  },
  deadline: '1h',
});

export const tools = { renderVideo };
export const model = openai('gpt-5');

// Give it a store that all your processes share; without one, tasks are kept in this process.
export const later = createLatecall({ callbackUrl: CALLBACK_URL });
