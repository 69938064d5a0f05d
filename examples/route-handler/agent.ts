// What the routes share. The addresses come from the environment, as in a deployment.
import { openai } from '@ai-sdk/openai';
import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import { sqliteStore } from '@latecall/stores/sqlite';
import { z } from 'zod';

const { RENDER_FARM_URL = '', CALLBACK_URL = '', LATECALL_DB = '' } = process.env;

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

// One file for all processes of a machine: whichever is asked next knows what the others have recorded.
export const store = sqliteStore(LATECALL_DB);
export const later = createLatecall({ store, callbackUrl: CALLBACK_URL });
