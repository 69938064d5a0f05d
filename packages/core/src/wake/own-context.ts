/** Begins work in the asynchronous context in which it was made itself, whoever asks for it. */
export interface OwnContext {
  begin<RESULT>(work: () => Promise<RESULT>): Promise<RESULT>;
}

/**
 * Who asks for work may stand in a context of its host's, such as a run that is under way: what it asks for must not
 * count as a part of that. A loop that waits goes on in the context in which it began, in every JavaScript engine, so it
 * is the loop that begins the work. It keeps no process alive, and ends with whoever holds it.
 */
export function createOwnContext(): OwnContext {
  const asked: (() => void)[] = [];
  let notify = () => {};
  const loop = async () => {
    for (;;) {
      // What is asked for by work that has just begun is there already: nobody would notify.
      if (asked.length === 0) {
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
      for (const begin of asked.splice(0)) begin();
    }
  };
  void loop();
  return {
    begin: (work) =>
      new Promise((resolve, reject) => {
        asked.push(() => void work().then(resolve, reject));
        notify();
      }),
  };
}
