import { answer } from './answer.ts';

/** What every fetch-shaped host can serve: a route of Next.js, Hono, Workers, Deno or Bun, or an adapter of Node's. */
export type RouteHandler = (request: Request) => Promise<Response>;

/** Options that every route has. */
export interface RouteOptions {
  /**
   * Told of what went wrong on our side, which the sender only sees as 500: a store that is down, a hook that threw.
   * @default writes the error to the console
   */
  readonly onError?: (error: unknown) => void | Promise<void>;
}

/** Answers other methods with 405 and errors with a 500 that tells nothing of them. */
export function createRouteHandler(route: {
  methods: readonly string[];
  handle: RouteHandler;
  onError: RouteOptions['onError'];
}): RouteHandler {
  const { methods, handle, onError } = route;
  return async (request) => {
    if (!methods.includes(request.method)) {
      const allow = methods.join(', ');
      return answer(405, { message: `Only ${allow} are served here.` }, { allow });
    }
    try {
      const response = await handle(request);
      return request.method === 'HEAD' ? new Response(null, response) : response;
    } catch (error) {
      await reportError(error, onError);
      return answer(500, { message: 'Something went wrong here. Send it again: it is recorded once.' });
    }
  };
}

/** A reporter that throws must not decide what the sender is told. */
export async function reportError(error: unknown, onError: RouteOptions['onError'] = logError): Promise<void> {
  try {
    await onError(error);
  } catch {}
}

function logError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: an error that nobody listens for must not pass unnoticed
  console.error(error);
}
