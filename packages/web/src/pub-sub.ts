/** Publishes to other processes, and keeps small values: a client of the package `redis` is one as it is. */
export interface StreamPublisher {
  connect(): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  set(key: string, value: string, options?: { EX?: number }): Promise<unknown>;
  get(key: string): Promise<string | number | null>;
  incr(key: string): Promise<number>;
}

/** Hears what is published: a second client, since one that subscribes can do nothing else. */
export interface StreamSubscriber {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
}

/** What carries streams from the process that runs a conversation to the tabs; clients must be connected. */
export interface StreamPubSub {
  readonly publisher: StreamPublisher;
  readonly subscriber: StreamSubscriber;
}
