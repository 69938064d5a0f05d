// app/api/chat/route.ts
//
// With `text` the user says something; without, the client only asks whether the chat can go on. A run that has to wait
// costs no model call, so asking is cheap, and asking too early is harmless.
import { generateText, type ModelMessage } from 'ai';
import { z } from 'zod';
import { later, model, tools } from './agent.ts';

const chats = new Map<string, ModelMessage[]>(); // your database

const bodySchema = z.object({ chatId: z.string().min(1), text: z.string().optional() });

export async function POST(request: Request): Promise<Response> {
  const body = bodySchema.safeParse(await request.json());
  if (!body.success) return Response.json({ error: z.prettifyError(body.error) }, { status: 400 });
  const { chatId, text } = body.data;
  const scope = { thread: chatId };

  const messages = chats.get(chatId) ?? [];
  chats.set(chatId, messages);
  if (text !== undefined) messages.push({ role: 'user', content: text });
  const result = await generateText({ ...later.wrap({ model, tools, scope }), messages: [...messages] });
  messages.push(...result.responseMessages);

  const pending = await later.pending(scope);
  return Response.json({
    text: result.text,
    pending: pending.map(({ handle, toolName, createdAt }) => ({ handle, toolName, since: new Date(createdAt) })),
  });
}
