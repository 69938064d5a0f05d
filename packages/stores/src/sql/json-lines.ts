/**
 * A list of texts in one column: a JSON string a line. JSON text holds no line break, so that a statement can append
 * one and can tell whether one is there, in any SQL database, without reading the list first.
 */
export function toLines(texts: readonly string[]): string {
  return texts.map(toLine).join('\n');
}

/** One text as a line of {@link toLines}. */
export function toLine(text: string): string {
  return JSON.stringify(text);
}

/** The texts of a column that {@link toLines} began; what was empty then begins with a line break. */
export function fromLines(lines: string): string[] {
  return JSON.parse(`[${lines.trim().replaceAll('\n', ',')}]`);
}
