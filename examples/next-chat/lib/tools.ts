// The tools. Each `dispatch` orders something and returns a receipt at once; what becomes of the order comes later.
import { type AsyncUIMessage, asyncTool } from '@latecall/ai-sdk';
import { tool } from 'ai';
import { z } from 'zod';
import { callOff, order, passOn, type Receipt } from './outside.ts';

/** What people may see of a receipt. */
const publicReceipt = ({ orderNumber }: Receipt) => ({ orderNumber });

const renderVideo = asyncTool({
  description: 'Render a video from a script. Takes a while.',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url(), seconds: z.number() }),
  dispatch: (input, context) => order('video', input, context),
  onCancel: callOff,
  publicReceipt,
  deadline: '3m',
});

const bookTable = asyncTool({
  description: 'Book a table at a restaurant. The restaurant may ask back.',
  inputSchema: z.object({ guests: z.number(), day: z.string() }),
  resultSchema: z.object({ table: z.string(), time: z.string() }),
  dispatch: (input, context) => order('table', input, context),
  onInput: passOn,
  onCancel: callOff,
  deadline: '10m',
});

const payInvoice = {
  ...asyncTool({
    description: 'Pay an invoice. A person has to approve it first.',
    inputSchema: z.object({ payee: z.string(), euros: z.number() }),
    resultSchema: z.object({ reference: z.string() }),
    dispatch: (input, context) => order('payment', input, context),
    publicReceipt,
  }),
  needsApproval: true,
};

const printPoster = asyncTool({
  description: 'Print a poster at the print shop',
  inputSchema: z.object({ title: z.string() }),
  resultSchema: z.object({ pickUp: z.string() }),
  dispatch: (input, context) => order('poster', input, context),
  publicReceipt,
});

const askSupplier = asyncTool({
  description: 'Ask a supplier for a price. Without an answer in time there is none.',
  inputSchema: z.object({ item: z.string() }),
  resultSchema: z.object({ euros: z.number() }),
  dispatch: (input, context) => order('supplier', input, context),
  deadline: '6s',
});

const measureTide = asyncTool({
  description: 'Have the tide measured by a buoy at sea. Buoys answer late at times; late is better than never.',
  inputSchema: z.object({ place: z.string() }),
  resultSchema: z.object({ centimetres: z.number() }),
  dispatch: (input, context) => order('tide', input, context),
  deadline: '5s',
  lateResult: 'accept',
});

const payrollReport = asyncTool({
  description: 'Have a payroll report made',
  inputSchema: z.object({ month: z.string() }),
  resultSchema: z.object({ total: z.number(), confidential: z.boolean() }),
  dispatch: (input, context) => order('payroll', input, context),
});

const weather = tool({
  description: 'The weather now',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 14, sky: 'light clouds' }),
});

export const tools = {
  renderVideo,
  bookTable,
  payInvoice,
  printPoster,
  askSupplier,
  measureTide,
  payrollReport,
  weather,
};

export type ChatMessage = AsyncUIMessage<typeof tools>;
