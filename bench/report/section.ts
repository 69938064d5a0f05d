/** A part of the report: its text, and its charts by name. */
export interface Section {
  readonly title: string;
  readonly parts: readonly string[];
  readonly charts: Readonly<Record<string, string>>;
}
