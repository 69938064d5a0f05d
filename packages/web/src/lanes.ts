/** Lets callers in one after the other, in the order in which they came, for each key. */
export interface Lanes {
  /** Resolves when it is the caller's turn, with the function that ends it. */
  enter(key: string): Promise<() => void>;
}

export function createLanes(): Lanes {
  const ends = new Map<string, Promise<void>>();
  return {
    enter: async (key) => {
      const before = ends.get(key);
      let leave = () => {};
      const end = new Promise<void>((resolve) => {
        leave = () => {
          if (ends.get(key) === end) ends.delete(key);
          resolve();
        };
      });
      ends.set(key, end);
      await before;
      return leave;
    },
  };
}
