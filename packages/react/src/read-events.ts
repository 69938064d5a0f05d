/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that was seen, this event's or an earlier one's. */
  readonly lastEventId: string | undefined;
}

/** Reads a stream of server-sent events; `onBytes` is told of every sign of life. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let lastEventId: string | undefined;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      onBytes();
      text += decoder.decode(read.value, { stream: true }).replaceAll('\r\n', '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = parse(block);
        lastEventId = fields.get('id') ?? lastEventId;
        const data = fields.get('data');
        if (data !== undefined) yield { event: fields.get('event') ?? 'message', data, lastEventId };
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may have broken off
  }
}

function parse(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue; // a comment
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    const before = name === 'data' ? fields.get(name) : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return fields;
}
