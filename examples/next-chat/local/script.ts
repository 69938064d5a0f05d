// What the stand-in for a language model says. It decides from what it was sent over the wire and from nothing else,
// as a real model does.
import type { ModelPolicy, ModelReply, ModelView, ViewToolCall, ViewToolResult } from '@latecall/testing';

interface Wish {
  readonly pattern: RegExp;
  readonly tool: string;
  readonly input: (text: string) => Record<string, unknown>;
  readonly text: string;
}

/** What the user may ask for. The first one that fits is taken. */
const wishes: readonly Wish[] = [
  {
    pattern: /weather/i,
    tool: 'weather',
    input: (text) => ({ city: /in (\p{Lu}\p{L}+)/u.exec(text)?.[1] ?? 'Oslo' }),
    text: 'One moment.',
  },
  {
    pattern: /video|trailer|render/i,
    tool: 'renderVideo',
    input: (text) => ({ script: /about (.+?)[.?!]?$/i.exec(text)?.[1] ?? 'the sea' }),
    text: 'I am sending the script to the render farm.',
  },
  {
    pattern: /table|restaurant|dinner/i,
    tool: 'bookTable',
    input: () => ({ guests: 4, day: 'Friday' }),
    text: 'I am asking the restaurant.',
  },
  {
    pattern: /\bpay\b|invoice/i,
    tool: 'payInvoice',
    input: () => ({ payee: 'Nordwind', euros: 480 }),
    text: 'This payment needs your approval first.',
  },
  {
    pattern: /poster|print/i,
    tool: 'printPoster',
    input: () => ({ title: 'Tides' }),
    text: 'The print shop has the order.',
  },
  {
    pattern: /supplier|price|quote/i,
    tool: 'askSupplier',
    input: () => ({ item: '200 metres of rope' }),
    text: 'I am asking the supplier. If they do not answer in time, there is no price.',
  },
  {
    pattern: /tide|buoy|sea level/i,
    tool: 'measureTide',
    input: () => ({ place: 'Brest' }),
    text: 'I am asking the buoy off Brest.',
  },
  {
    pattern: /payroll|salary|salaries/i,
    tool: 'payrollReport',
    input: () => ({ month: 'October' }),
    text: 'I am having the report made.',
  },
];

export const script: ModelPolicy = (view) => {
  const { messages } = view;
  const mine = messages.findLastIndex(
    ({ role, texts, toolCalls }) => role === 'assistant' && (texts.length > 0 || toolCalls.some(isOwn)),
  );
  const since = messages.slice(mine + 1);
  const asked = since.findLast(({ role }) => role === 'user');
  const results = since.flatMap(({ toolResults }) => toolResults);
  const news = results.filter((result) => asked === undefined || !isPending(result)).map(sayResult);
  const answer = asked === undefined ? undefined : answerUser(view, asked.texts.join(' '));
  return { ...answer, text: [...news, ...(answer?.text === undefined ? [] : [answer.text])].join('\n\n') };
};

/** Late results come as calls that no model made. */
function isOwn({ name }: ViewToolCall): boolean {
  return name !== 'await_async_result';
}

function isPending({ output }: ViewToolResult): boolean {
  return typeof output === 'object' && output !== null && 'status' in output && output.status === 'dispatched';
}

function answerUser(view: ModelView, text: string): ModelReply {
  const wish = wishes.find(({ pattern, tool }) => pattern.test(text) && view.tools.some(({ name }) => name === tool));
  if (wish !== undefined) return { text: wish.text, toolCalls: [{ name: wish.tool, arguments: wish.input(text) }] };
  return { text: `You said: “${text}”. Try one of the suggestions; whatever is still pending goes on meanwhile.` };
}

function sayResult(result: ViewToolResult): string {
  const { output } = result;
  if (isPending(result)) return 'It is under way; I will tell you when it is there.';
  if (typeof output === 'string') return sayError(output);
  const { error, url, seconds, table, time, reference, pickUp, euros, centimetres, celsius, sky, city } =
    output as Record<string, unknown>; // the tools of this app return objects
  if (typeof error === 'string') return sayError(error);
  if (url !== undefined) return `Your video is ready: ${url} (${seconds} seconds).`;
  if (table !== undefined) return `Booked: ${table}, at ${time}.`;
  if (reference !== undefined) return `Paid. The bank’s reference is ${reference}.`;
  if (pickUp !== undefined) return `Your poster is printed: ${pickUp}.`;
  if (euros !== undefined) return `The supplier asks for ${euros} euros.`;
  if (centimetres !== undefined) return `The buoy has answered: the tide stands at ${centimetres} cm.`;
  if (celsius !== undefined) return `In ${city} it is ${celsius} °C with ${sky}.`;
  return `I was given this: ${JSON.stringify(output)}`;
}

function sayError(text: string): string {
  if (text.startsWith('Failed: ')) return `That did not work. I was told: ${text.slice('Failed: '.length)}`;
  if (text.startsWith('Cancelled')) return 'It was cancelled, so there is no result.';
  if (text.startsWith('Expired')) return 'Nobody answered in time, so there is no result.';
  if (text.startsWith('Overdue')) return 'No answer in time. If one comes after all, I will tell you.';
  if (text.startsWith('Withheld')) return 'A result has come, but I may not see it. Please ask somebody who may.';
  return `I was told: ${text}`;
}
