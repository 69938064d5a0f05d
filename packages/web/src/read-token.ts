/** Where a token may stand that cannot be sent as `Authorization`. */
const tokenHeader = 'latecall-token';

/** The callback token that a request shows: from a header first, from the query only if that is allowed. */
export function readToken(request: Request, { inQuery }: { inQuery: boolean }): string | undefined {
  const [, bearer] = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  const header = bearer ?? request.headers.get(tokenHeader) ?? undefined;
  return header ?? (inQuery ? (new URL(request.url).searchParams.get('token') ?? undefined) : undefined);
}
