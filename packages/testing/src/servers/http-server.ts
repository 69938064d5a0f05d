import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come in whole, and the response to write. */
export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly response: ServerResponse;
};

/** A listening server. */
export type HTTPServer = { readonly origin: string; readonly close: () => Promise<void> };

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes to a response and waits until it is out, or until nobody is there to read it. */
export function write(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve();
    } else {
      response.write(text, () => resolve());
    }
  });
}

/** Whether the whole response went out, told when its connection is done with it. */
export function responseEnd(response: ServerResponse): Promise<'complete' | 'incomplete'> {
  return new Promise((resolve) => {
    response.once('close', () => resolve(response.writableFinished ? 'complete' : 'incomplete'));
  });
}

function failed(response: ServerResponse, cause: unknown): void {
  if (!response.headersSent) {
    response.writeHead(500, { 'content-type': 'text/plain' });
  }
  response.end(`The strict server failed: ${String(cause)}`);
}

/** Listens on a free port of the loopback interface. `close` also ends what is still open. */
export async function startHTTPServer(handle: (exchange: Exchange) => Promise<void>): Promise<HTTPServer> {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readText(request);
    const { method = '', url = '', headers } = request;
    await handle({ method, path: url, headers, text, response });
  };
  const server = createServer((request, response) => {
    // A client that went away is not an error of the server.
    response.on('error', () => undefined);
    serve(request, response).catch((cause: unknown) => failed(response, cause));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A server that listens on a port (not on a pipe) has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
