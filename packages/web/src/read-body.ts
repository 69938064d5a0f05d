import { LatecallError } from '@latecall/core';
import type { Problem } from './answer.ts';

/** The longest body that is read unless the app says otherwise: 1 MiB. */
export const defaultMaxBodyBytes = 1_048_576;

/**
 * Reads a body and counts while reading: one that is too long is left as soon as that shows, whatever its headers say.
 *
 * @throws {LatecallError} with code `body_used` if something before the route has read the body.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const { headers, body } = request;
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const message = 'Send the body as it is: compressed bodies are not read.';
    return { status: 415, message, headers: { 'accept-encoding': 'identity' } };
  }
  if (Number(headers.get('content-length')) > maxBytes) return tooLong(maxBytes);
  if (request.bodyUsed || body?.locked === true) {
    throw new LatecallError({
      code: 'body_used',
      message: 'The body was read before the route got the request. Mount the route ahead of body parsers.',
    });
  }
  return body === null ? new Uint8Array() : collect(body.getReader(), maxBytes);
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      length += read.value.byteLength;
      if (length > maxBytes) {
        void reader.cancel().catch(() => {}); // the sender need not go on; whether it was told does not matter
        return tooLong(maxBytes);
      }
      chunks.push(read.value);
    }
  } catch {
    return { status: 400, message: 'The body broke off.' };
  }
  return concat(chunks, length);
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function tooLong(maxBytes: number): Problem {
  const message = `The body is longer than ${maxBytes} bytes. Store what is large elsewhere and send a link to it.`;
  return { status: 413, message };
}
