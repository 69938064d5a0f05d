// Tools of the LangChain agent: the same outside world, declared with LangChain's `asyncTool`.
import { asyncTool } from '@latecall/langchain';
import { tool } from 'langchain';
import { z } from 'zod';
import { callOff, order, passOn, type Receipt } from '../outside.ts';

const publicReceipt = ({ orderNumber }: Receipt) => ({ orderNumber });

export const tools = [
  asyncTool({
    name: 'renderVideo',
    description: 'Render a video from a script. Takes a while.',
    inputSchema: z.object({ script: z.string() }),
    resultSchema: z.object({ url: z.url(), seconds: z.number() }),
    dispatch: (input, context) => order('video', input, context),
    onCancel: callOff,
    publicReceipt,
    deadline: '3m',
  }),
  asyncTool({
    name: 'bookTable',
    description: 'Book a table at a restaurant. The restaurant may ask back.',
    inputSchema: z.object({ guests: z.number(), day: z.string() }),
    resultSchema: z.object({ table: z.string(), time: z.string() }),
    dispatch: (input, context) => order('table', input, context),
    onInput: passOn,
    onCancel: callOff,
    deadline: '10m',
  }),
  asyncTool({
    name: 'printPoster',
    description: 'Print a poster at the print shop',
    inputSchema: z.object({ title: z.string() }),
    resultSchema: z.object({ pickUp: z.string() }),
    dispatch: (input, context) => order('poster', input, context),
    publicReceipt,
  }),
  tool(({ city }) => ({ city, celsius: 14, sky: 'light clouds' }), {
    name: 'weather',
    description: 'The weather now',
    schema: z.object({ city: z.string() }),
  }),
] as const;
