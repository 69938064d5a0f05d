import { checkScope, type Scope, scopeKey, systemClock, toMilliseconds } from '@latecall/core';
import { answer, answerProblem, isProblem, type Problem } from './answer.ts';
import { awaitRun, isRunDue } from './await-run.ts';
import type { ChatFeed } from './chat-feed.ts';
import { createChatNewsHub } from './chat-news.ts';
import type { ChatMessage, ChatOptions } from './chat-options.ts';
import { createChatRuns, type StartedRun } from './chat-runs.ts';
import { fingerprint } from './event-cursor.ts';
import { createLiveStreams } from './live-streams.ts';
import { createMemoryPubSub } from './memory-pub-sub.ts';
import { type ChatPost, isSameMessage, readChatPost, type UserMessage } from './read-chat-post.ts';
import { createRouteHandler, type RouteHandler } from './route-handler.ts';
import { takePost } from './take-post.ts';
import { emptySSE, streamHeaders } from './to-sse.ts';

/** The longest body of a chat: files may travel in it. */
const defaultMaxChatBytes = 4 * 1_048_576;

/** The routes of a chat, and what wakes it. */
export interface Chat {
  /** `GET` and `POST`. */
  readonly handler: RouteHandler;
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  /** The run that goes on: `GET` joins it, `DELETE` stops it. */
  readonly stream: { readonly handler: RouteHandler; readonly GET: RouteHandler; readonly DELETE: RouteHandler };
  /** For `createThreadRunner`: the conversation goes on with the results that have come, whether or not a tab is open. */
  readonly run: (scope: Scope) => Promise<void>;
  /** For `createEventsRoute`. */
  readonly feed: ChatFeed;
}

/**
 * A chat that goes on by itself when a result has come. The server decides that the model runs, and what the
 * conversation is: of what a client posts, only the newest message of its user counts, and of that text and files.
 *
 * - `GET` the messages as the server knows them.
 * - `POST` the AI SDK's body. Appends the newest user message and streams the answer. The same message again joins its
 *   answer; the same id with other content is refused (409). `regenerate-message` removes the answers behind the last
 *   user message, and answers anew; dispatched calls stay as they are.
 * - `stream.GET` the run that goes on, from its beginning, for any number of tabs. If a result has come that no model
 *   was told, it waits a little for the run; else 204. A reader that leaves never stops a run; `stream.DELETE` does.
 * - `run` is the server's own: it streams to the tabs that join and ends whoever listens.
 *
 * One run of a conversation at a time in this process, the others after it.
 *
 * @throws {LatecallError} with code `invalid_duration`.
 *
 * @example
 * const chat = createChat({ later, scopeOf, messages: database, refresh, answer });
 * export const { GET, POST } = chat;
 * await createThreadRunner({ store, run: chat.run }).start();
 */
export function createChat<MESSAGE extends ChatMessage>(options: ChatOptions<MESSAGE>): Chat {
  const { later, scopeOf, messages: database, refresh, maxBodyBytes = defaultMaxChatBytes, onError } = options;
  const { clock = systemClock, waitForRun = '5s', streams = createMemoryPubSub(clock) } = options;
  const waitMs = toMilliseconds(waitForRun);
  const news = createChatNewsHub(streams);
  const live = createLiveStreams(streams);
  const load = async (scope: Scope): Promise<MESSAGE[]> => {
    const stored = await database.load(scope);
    return refresh === undefined ? stored : refresh(stored, scope);
  };
  const runs = createChatRuns<MESSAGE>({ ...options, load, live, news });
  const answering = new Map<string, { message: UserMessage; started: Promise<unknown> }>();

  /** Carries out what a post asks for when it is its turn; what streams then is its answer. */
  const respond = async (scope: Scope, post: ChatPost): Promise<StartedRun | Problem | undefined> => {
    let problem: Problem | undefined;
    const prepare = async (stored: MESSAGE[]): Promise<MESSAGE[] | undefined> => {
      const taken = takePost(stored, post);
      switch (taken.type) {
        case 'append': {
          // Text and files are parts of every kind of UI message.
          const message = post.message as unknown as MESSAGE;
          await database.save(scope, message);
          await news.tell(scope, { type: 'messages' });
          return [...stored, message];
        }
        case 'answer':
          return (await live.current(scope)) === undefined ? stored : undefined; // another process may be at it
        case 'replace': {
          if (database.remove === undefined) {
            problem = { status: 409, message: 'This chat keeps its answers: none can be made anew.' };
            return undefined;
          }
          if (taken.ids.length > 0) await database.remove(scope, taken.ids);
          await news.tell(scope, { type: 'messages' });
          return stored.filter(({ id }) => !taken.ids.includes(id));
        }
        case 'nothing':
          return undefined;
        case 'problem':
          ({ problem } = taken);
          return undefined;
        default:
          return taken satisfies never;
      }
    };
    const run = await runs.start({ scope, prepare });
    return run ?? problem;
  };

  /** A message that is sent twice at once is answered once. */
  const respondOnce = async (scope: Scope, post: ChatPost): Promise<StartedRun | Problem | undefined> => {
    const { trigger, message } = post;
    if (trigger === 'regenerate' || message === undefined) return respond(scope, post);
    const key = `${scopeKey(scope)} ${message.id}`;
    const first = answering.get(key);
    if (first !== undefined && isSameMessage(first.message, message)) {
      await first.started;
      return undefined;
    }
    if (first !== undefined) await first.started.catch(() => {}); // then it is stored, and decides
    const started = respond(scope, post);
    answering.set(key, { message, started });
    const forget = () => void answering.delete(key);
    const over = started.then((run) => (run === undefined || isProblem(run) ? undefined : run.ended));
    over.then(forget, forget);
    return started;
  };

  const post = async (request: Request, scope: Scope): Promise<Response> => {
    const posted = await readChatPost(request, maxBodyBytes);
    if (isProblem(posted)) return answerProblem(posted);
    const joined = posted.message === undefined ? await live.join(scope) : undefined;
    if (joined !== undefined) return streamed(joined);
    const begun = await respondOnce(scope, posted);
    if (begun === undefined) return streamed((await live.join(scope)) ?? emptySSE());
    return isProblem(begun) ? answerProblem(begun) : streamed(begun.stream);
  };

  const get = async (request: Request, scope: Scope): Promise<Response> => {
    const messages = await load(scope);
    const etag = `"${fingerprint(JSON.stringify(messages))}"`;
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } });
    return answer(200, messages, { etag });
  };

  const join = async (request: Request, scope: Scope): Promise<Response> => {
    const { signal } = request;
    const due = await isRunDue(later.store, scope);
    const stream = due ? await awaitRun({ scope, live, news, clock, waitMs, signal }) : await live.join(scope);
    return stream === undefined ? new Response(null, { status: 204 }) : streamed(stream);
  };

  const serve = (methods: Readonly<Record<string, (request: Request, scope: Scope) => Promise<Response>>>) =>
    createRouteHandler({
      methods: Object.keys(methods),
      onError,
      handle: async (request) => {
        const { method, headers } = request;
        if (method !== 'GET' && headers.get('sec-fetch-site') === 'cross-site') {
          return answer(403, { message: 'Requests of other sites change nothing here.' });
        }
        const scope = await scopeOf(request);
        if (scope === undefined) return answer(404, { message: 'No such conversation of yours.' });
        const carryOut = Object.hasOwn(methods, method) ? methods[method] : undefined;
        return carryOut === undefined ? answer(405, {}) : carryOut(request, checkScope(scope));
      },
    });
  const handler = serve({ GET: get, POST: post });
  const stop = async (_: Request, scope: Scope) => new Response(null, { status: runs.stop(scope) ? 202 : 204 });
  const stream = serve({ GET: join, DELETE: stop });

  return {
    handler,
    GET: handler,
    POST: handler,
    stream: { handler: stream, GET: stream, DELETE: stream },
    run: async (scope) => {
      const run = await runs.start({ scope: checkScope(scope), prepare: async (stored) => stored, silent: true });
      void run?.stream.cancel(); // the stream is read to its end all the same
      await run?.ended;
    },
    feed: { listen: news.listen, running: live.current },
  };
}

function streamed(stream: ReadableStream<string>): Response {
  return new Response(stream.pipeThrough(new TextEncoderStream()), { headers: streamHeaders });
}
