/** Work for one key that goes on. */
interface Going {
  again: boolean;
  readonly done: Promise<void>;
}

/**
 * Work by key, one at a time for each: what is asked for while it goes on leads to one more after it.
 *
 * @returns resolves when the work that covers the request has ended. `work` must not throw.
 */
export function createCoalescer(): (key: string, work: () => Promise<void>) => Promise<void> {
  const going = new Map<string, Going>();
  const askedAgain = (key: string) => {
    const entry = going.get(key);
    if (entry?.again === true) {
      entry.again = false;
      return true;
    }
    going.delete(key);
    return false;
  };
  return (key, work) => {
    const known = going.get(key);
    if (known !== undefined) {
      known.again = true;
      return known.done;
    }
    const run = async () => {
      do await work();
      while (askedAgain(key));
    };
    // Begins behind the entry, so that work that ends at once finds it.
    const done = Promise.resolve().then(run);
    going.set(key, { again: false, done });
    return done;
  };
}
