/** How the hooks reach the server. */
export interface ConnectionOptions {
  /** The path of the chat, for example `/api/chat/abc`. */
  readonly endpoint: string;
  /** Sent with each request; the session's cookie goes by itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 'same-origin' */
  readonly credentials?: RequestCredentials;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
}

/** Requests below the chat's path. */
export type Connect = (path: string, init?: RequestInit) => Promise<Response>;

export function createConnect({ endpoint, headers, credentials = 'same-origin', fetch }: ConnectionOptions): Connect {
  const base = endpoint.replace(/\/+$/, '');
  return (path, init = {}) => {
    const send = fetch ?? globalThis.fetch; // looked up late: apps replace it
    return send(`${base}${path}`, {
      credentials,
      cache: 'no-store',
      ...init,
      headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) },
    });
  };
}
