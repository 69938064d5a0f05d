// Stands for whatever does the long work. It takes an order, answers with a receipt at once, and knows nothing of
// Latecall. What comes of an order, and when, each story says.

/** What a tool's `dispatch` passes on. */
export interface Order {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly input: unknown;
  readonly callback?: { readonly url: string; readonly token: string };
}

export interface Outside {
  /** Takes an order, once per key, and gives the receipt. */
  take(order: Order): { ticket: string };
  /** The order that mentions this, or the last one. */
  order(mention?: string): Order;
}

export function createOutside(): Outside {
  const orders: Order[] = [];
  return {
    take: (order) => {
      const known = orders.findIndex(({ idempotencyKey }) => idempotencyKey === order.idempotencyKey);
      if (known === -1) orders.push(order);
      return { ticket: `ticket ${known === -1 ? orders.length : known + 1}` };
    },
    order: (mention = '') => {
      const found = orders.findLast(({ input }) => JSON.stringify(input).includes(mention));
      if (found === undefined) throw new Error(`Nobody ordered "${mention}".`);
      return found;
    },
  };
}
