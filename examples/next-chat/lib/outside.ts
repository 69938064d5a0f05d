// The app's side of the outside world: whoever renders, prints, books and pays. It takes an order, answers with a
// receipt at once, and posts what becomes of it to the callback of the order.
import type { AsyncToolContext, InputAnswer, TaskRecord } from '@latecall/ai-sdk';

export interface Order {
  readonly kind: string;
  readonly input: unknown;
  /** Two orders with one key are one order. */
  readonly key: string;
  readonly callback: { readonly url: string; readonly token: string };
}

export interface Receipt {
  readonly orderNumber: string;
}

type Dispatch = Pick<AsyncToolContext<unknown>, 'idempotencyKey' | 'callback' | 'signal'>;

/** Places an order. */
export async function order(kind: string, input: unknown, { idempotencyKey, callback, signal }: Dispatch) {
  if (callback === undefined) throw new Error('The app has no callback URL.');
  const body: Order = { kind, input, key: idempotencyKey, callback };
  return (await send('POST', 'orders', body, signal)) as Receipt; // our own stand-in, or yours
}

/** Hands on the answer to a question that the outside asked. */
export async function passOn({ key, answer }: InputAnswer, { idempotencyKey }: TaskRecord): Promise<void> {
  await send('POST', `orders/${encodeURIComponent(idempotencyKey)}/answers`, { key, answer });
}

/** Nobody waits for it any more. */
export async function callOff({ idempotencyKey }: TaskRecord): Promise<void> {
  await send('DELETE', `orders/${encodeURIComponent(idempotencyKey)}`);
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(`${process.env.OUTSIDE_URL}/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) throw new Error(`The outside world answered ${response.status}.`);
  return response.json();
}
