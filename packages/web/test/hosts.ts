import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import type { RouteHandler } from '../src/index.ts';
import { toNodeListener } from './node-listener.ts';

/** A server on a free local port. */
export interface Host {
  readonly origin: string;
  close(): Promise<void>;
}

/** The handlers of an app, by the path under which a host serves them. */
export interface Routes {
  readonly callback: RouteHandler;
  readonly events: RouteHandler;
  readonly tasks: RouteHandler;
  readonly chat: RouteHandler;
}

/** Each host, with what its users write to serve the routes at `/callback/:id`, `/events`, `/tasks` and `/chat`. */
export const hosts: Readonly<Record<string, (routes: Routes) => Promise<Host>>> = {
  'node:http': ({ callback, events, tasks, chat }) =>
    listen((incoming, outgoing) => {
      const { pathname } = new URL(incoming.url ?? '/', 'http://localhost');
      const byPath = new Map([
        ['/tasks', tasks],
        ['/events', events],
        ['/chat', chat],
      ]);
      toNodeListener(byPath.get(pathname) ?? callback)(incoming, outgoing);
    }),

  Hono: ({ callback, events, tasks, chat }) => {
    const app = new Hono();
    app.all('/callback/:id', (context) => callback(context.req.raw));
    app.get('/events', (context) => events(context.req.raw));
    app.all('/tasks', (context) => tasks(context.req.raw));
    app.all('/chat', (context) => chat(context.req.raw));
    return listen(toNodeListener(async (request) => app.fetch(request)));
  },

  'Express 5': ({ callback, events, tasks, chat }) => {
    const app = express();
    app.all('/callback/:id', toNodeListener(callback)); // ahead of express.json()
    app.get('/events', toNodeListener(events));
    app.all('/tasks', toNodeListener(tasks));
    app.all('/chat', toNodeListener(chat));
    app.use(express.json());
    return listen(app as RequestListener);
  },

  Fastify: async ({ callback, events, tasks, chat }) => {
    const app = fastify();
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const serve = (handler: RouteHandler) => {
      const listener = toNodeListener(handler);
      return (request: { raw: Parameters<typeof listener>[0] }, reply: FastifyReplyOf) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      };
    };
    app.all('/callback/:id', serve(callback));
    app.get('/events', serve(events));
    app.all('/tasks', serve(tasks));
    app.all('/chat', serve(chat));
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    return {
      origin,
      close: async () => {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },

  'Next.js conventions': ({ callback, events, tasks, chat }) => {
    // A route file exports functions by method; the host awaits none of the params itself.
    const files: Record<string, Record<string, Export>> = {
      callback: { GET: callback, POST: callback, DELETE: callback },
      events: { GET: events },
      tasks: { GET: tasks, POST: tasks, DELETE: tasks },
      chat: { GET: chat, POST: chat },
    };
    type Export = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
    return listen(
      toNodeListener(async (request) => {
        const [, folder = '', id = ''] = new URL(request.url).pathname.split('/');
        const exported = files[folder]?.[request.method];
        if (exported === undefined) return new Response(null, { status: 405 });
        return exported(request, { params: Promise.resolve({ id }) });
      }),
    );
  },
};

interface FastifyReplyOf {
  hijack(): unknown;
  readonly raw: Parameters<ReturnType<typeof toNodeListener>>[1];
}

async function listen(listener: RequestListener): Promise<Host> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has a port
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
