// Serves a Web-standard handler over node:http on a free local port: what a framework does for a route.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Serving {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

export async function serve(handler: (request: Request) => Promise<Response>): Promise<Serving> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      console.error(error);
      outgoing.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has a port
  const origin = `http://127.0.0.1:${port}`;

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const body = await text(incoming);
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const response = await handler(
      new Request(new URL(url, origin), { method, headers, ...(body === '' ? {} : { body }) }),
    );
    outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), connection: 'close' });
    outgoing.end(await response.text());
  }

  return {
    origin,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
