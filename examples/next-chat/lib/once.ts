const holder = globalThis as { latecallChat?: Map<string, unknown> };

/**
 * Makes a thing once per process. Next.js loads a module once for the routes, again for `instrumentation.ts`, and in
 * development after each change; what holds a file or a conversation open must still be there only once. So it stays as
 * it was made: restart `next dev` after a change of it.
 */
export function once<VALUE>(name: string, make: () => VALUE): VALUE {
  holder.latecallChat ??= new Map();
  const kept = holder.latecallChat;
  if (!kept.has(name)) kept.set(name, make());
  return kept.get(name) as VALUE; // only `make` of this name was ever put there
}
