import { canonicalJson } from '@latecall/core';
import { isProblem, type Problem } from './answer.ts';
import { readBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { fieldsOf } from './read-post.ts';

/** A part that a user may write. */
type UserPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'file'; readonly mediaType: string; readonly url: string; readonly filename?: string };

/** What is taken from a message that a client posted. */
export interface UserMessage {
  readonly id: string;
  readonly role: 'user';
  readonly parts: readonly UserPart[];
  /** The app's own. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What a client posted, as far as it counts. */
export interface ChatPost {
  readonly trigger: 'submit' | 'regenerate';
  /** The newest message of the user; `undefined` if the client's history ends with one of the assistant. */
  readonly message: UserMessage | undefined;
}

/** Ids are the client's own. */
const longestId = 200;

const forms = 'Send { "message": … } or { "messages": […] } of the AI SDK, with a user message of text or files.';

/** Reads the body that the AI SDK sends. Only the newest message counts, and of it text and files. */
export async function readChatPost(request: Request, maxBodyBytes: number): Promise<ChatPost | Problem> {
  // A form of another site cannot send this type: its browser would ask first, and is not answered.
  if (!/^application\/json *(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    return { status: 415, message: 'Send JSON, with "content-type: application/json".' };
  }
  const body = await readBody(request, maxBodyBytes);
  if (isProblem(body)) return body;
  const json = readJson(body);
  if (isProblem(json)) return json;
  const fields = fieldsOf(json.value);
  if (fields === undefined) return { status: 422, message: forms };
  const newest = postedMessages(fields).at(-1);
  const message = newest === undefined ? undefined : userMessage(newest);
  const role = newest?.get('role');
  if (message === undefined && role !== 'assistant') return { status: 422, message: forms };
  return { trigger: fields.get('trigger') === 'regenerate-message' ? 'regenerate' : 'submit', message };
}

function postedMessages(fields: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown>[] {
  const many = fields.get('messages');
  const posted: unknown[] = Array.isArray(many) ? many : [];
  return [...posted, fields.get('message')].flatMap((message) => fieldsOf(message) ?? []);
}

function userMessage(message: ReadonlyMap<string, unknown>): UserMessage | undefined {
  const id = message.get('id');
  const parts = userParts(message.get('parts'));
  if (message.get('role') !== 'user') return undefined;
  if (typeof id !== 'string' || id === '' || id.length > longestId || parts.length === 0) return undefined;
  const { latecall: _, ...metadata } = Object.fromEntries(fieldsOf(message.get('metadata')) ?? []);
  return { id, role: 'user', parts, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
}

/** The text and files among the parts, with the fields that are a user's to say. */
function userParts(parts: unknown): UserPart[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part): UserPart[] => {
    const fields = fieldsOf(part) ?? new Map<string, unknown>();
    const [type, text, mediaType, url, filename] = ['type', 'text', 'mediaType', 'url', 'filename'].map((name) =>
      fields.get(name),
    );
    if (type === 'text' && typeof text === 'string' && text !== '') return [{ type, text }];
    if (type !== 'file' || typeof mediaType !== 'string' || typeof url !== 'string') return [];
    return [{ type, mediaType, url, ...(typeof filename === 'string' ? { filename } : {}) }];
  });
}

/** `true` if a stored message says what the posted one says. */
export function isSameMessage(
  stored: { readonly role: string; readonly parts: readonly unknown[] },
  posted: UserMessage,
): boolean {
  return stored.role === 'user' && canonicalJson(userParts(stored.parts)) === canonicalJson(posted.parts);
}
