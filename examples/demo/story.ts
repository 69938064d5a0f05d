// What both stories have in common: the question, and the tool whose result is there at once.
import { tool } from 'ai';
import { z } from 'zod';
import type { Outside } from './start-outside.ts';
import type { Tell } from './terminal.ts';
import type { WatchedModel } from './watch-model.ts';

export interface Story {
  readonly watched: WatchedModel;
  readonly outside: Outside;
  readonly tell: Tell;
}

export const question = 'Render teaser and film and give me the links. Weather in Oslo?';

export const videoInput = z.object({ kind: z.enum(['teaser', 'film']) });

export const weather = tool({
  description: 'The weather now',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 14 }),
});
