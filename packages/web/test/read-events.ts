/** One event of a stream, or a comment of it. */
export interface ReadEvent {
  readonly id?: string;
  readonly event?: string;
  readonly comment?: string;
  readonly data?: unknown;
}

/** Reads a stream of events one by one. */
export interface EventReader {
  /** The next event or comment; `undefined` at the end. */
  next(): Promise<ReadEvent | undefined>;
  close(): Promise<void>;
}

export function readEvents(response: Response): EventReader {
  if (response.body === null) throw new Error('The answer has no body.');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    next: async () => {
      for (let end = text.indexOf('\n\n'); ; end = text.indexOf('\n\n')) {
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return parse(block);
        }
        const { done, value } = await reader.read();
        if (done) return undefined;
        text += decoder.decode(value, { stream: true });
      }
    },
    close: () => reader.cancel(),
  };
}

function parse(block: string): ReadEvent {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const [id, event, comment, data] = [fields.get('id'), fields.get('event'), fields.get(''), fields.get('data')];
  return {
    ...(id === undefined ? {} : { id }),
    ...(event === undefined ? {} : { event }),
    ...(comment === undefined ? {} : { comment }),
    ...(data === undefined ? {} : { data: JSON.parse(data) }),
  };
}
