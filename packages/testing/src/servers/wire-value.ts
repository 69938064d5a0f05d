/** A JSON object as it came off the wire: nothing about its fields is known yet. */
export type WireObject = { readonly [field: string]: unknown };

/** Whether a value off the wire is a JSON object (not an array, not null). */
export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; anything else reads as an object without fields. */
export function wireObject(value: unknown): WireObject {
  return isWireObject(value) ? value : {};
}

/**
 * The objects of a wire array; anything else reads as an empty list. Elements that are no objects read as empty ones,
 * so indexes hold.
 */
export function wireObjects(value: unknown): readonly WireObject[] {
  return Array.isArray(value) ? value.map(wireObject) : [];
}

/** What the text says as JSON, or the text itself where it is not JSON. */
export function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether the text is a JSON object, which is what tool arguments must be. */
export function isJSONObjectText(text: string): boolean {
  return isWireObject(parsedOrText(text));
}

/** The first field that is not in the list. A field that is `null` counts as sent. */
export function unknownField(object: WireObject, known: readonly string[]): string | undefined {
  return Object.keys(object).find((field) => !known.includes(field));
}

/** The first finding that `find` makes in the list. */
export function firstFound<ITEM, FOUND>(
  items: readonly ITEM[],
  find: (item: ITEM, index: number) => FOUND | undefined,
): FOUND | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
