// The outside world of the tests: it takes orders as the app places them, and does what a test tells it to.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Order } from '../../lib/outside.ts';

/** One order, with what the outside may do about it. */
interface TestOrder extends Order {
  readonly answers: unknown[];
  calledOff: boolean;
  /** Posts to the callback, as the outside does; gives the status it was answered with. */
  post(body: object): Promise<number>;
  complete(result: object): Promise<number>;
}

export interface TestOutside {
  readonly url: string;
  /** Every order, once per key. */
  readonly orders: readonly TestOrder[];
  /** The next order of this kind that nobody has asked for yet. */
  order(kind: string): Promise<TestOrder>;
  /** Resolves with the next answer to a question. */
  answer(): Promise<unknown>;
  close(): Promise<void>;
}

export async function startOutside(): Promise<TestOutside> {
  const orders = new Map<string, TestOrder>();
  const taken = new Set<TestOrder>();
  const listeners = new Set<() => void>();
  const answers: unknown[] = [];

  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const until = <VALUE>(find: () => VALUE | undefined): Promise<VALUE> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(new Error('The app did not call the outside world.'));
      }, 20_000);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
    });

  async function take(request: IncomingMessage): Promise<object> {
    const key = decodeURIComponent(request.url?.split('/')[2] ?? '');
    if (request.method === 'DELETE') {
      const order = orders.get(key);
      if (order !== undefined) order.calledOff = true;
      return {};
    }
    const body = await json(request);
    if (key !== '') {
      orders.get(key)?.answers.push(body);
      answers.push(body);
      return {};
    }
    const placed = body as Order;
    if (!orders.has(placed.key)) orders.set(placed.key, testOrder(placed));
    return { orderNumber: `No. ${orders.size}` };
  }

  const server = createServer((request, response) => {
    take(request).then(
      (body) => {
        response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        tell();
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get orders() {
      return [...orders.values()];
    },
    order: async (kind) => {
      const found = await until(() => [...orders.values()].find((order) => order.kind === kind && !taken.has(order)));
      taken.add(found);
      return found;
    },
    answer: () => until(() => answers.shift()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function testOrder(placed: Order): TestOrder {
  const post = async (body: object) => {
    const { url, token } = placed.callback;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return status;
  };
  return {
    ...placed,
    answers: [],
    calledOff: false,
    post,
    complete: (result) => post({ status: 'completed', result }),
  };
}
