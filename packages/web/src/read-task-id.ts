/** The id that a task's URL ends with; `undefined` if that cannot be one, so that no store has to cope with it. */
export function readTaskId(request: Request): string | undefined {
  const [, segment = ''] = /([^/]*)\/?$/.exec(new URL(request.url).pathname) ?? [];
  try {
    const id = decodeURIComponent(segment);
    return isTaskId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** `true` if a value could be the id of a task. */
export function isTaskId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,200}$/.test(value);
}
