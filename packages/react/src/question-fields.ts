import type { Json } from '@latecall/core';

/** One field of a question's form. */
export interface QuestionField {
  /** The member of the answer; `undefined` if the field is the whole answer. */
  readonly name?: string;
  readonly label?: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'choice';
  /** What can be chosen. */
  readonly choices: readonly string[];
  readonly required: boolean;
}

/**
 * The fields that a JSON Schema asks for: one value, or an object of such. For anything else there is one field of text;
 * whoever asked checks the answer.
 */
export function questionFields(schema: Json | undefined): QuestionField[] {
  const { type, properties, required } = membersOf(schema);
  if (type !== 'object' || properties === undefined) return [fieldOf(schema, true)];
  const needed: readonly Json[] = isList(required) ? required : [];
  return Object.entries(membersOf(properties)).map(([name, member]) => ({
    ...fieldOf(member, needed.includes(name)),
    name,
    label: textOf(membersOf(member).title) ?? name,
  }));
}

/** The answer that the texts of the fields make, in their order; fields that were left empty are left out. */
export function answerOf(fields: readonly QuestionField[], texts: readonly (string | undefined)[]): Json {
  const values = fields.map((field, index) => memberOf(field, texts[index]));
  if (fields[0]?.name === undefined) return values[0] ?? '';
  const members = fields.flatMap(({ name = '' }, index): [string, Json][] => {
    const value = values[index];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(members);
}

function fieldOf(schema: Json | undefined, required: boolean): QuestionField {
  const { type, enum: choices } = membersOf(schema);
  const texts = isList(choices) ? choices.filter((choice) => typeof choice === 'string') : [];
  if (texts.length > 0) return { kind: 'choice', choices: texts, required };
  if (type === 'boolean') return { kind: 'boolean', choices: [], required };
  const kind = type === 'number' || type === 'integer' ? 'number' : 'text';
  return { kind, choices: [], required };
}

function memberOf({ kind }: QuestionField, text: string | undefined): Json | undefined {
  if (kind === 'boolean') return text === 'true';
  if (text === undefined || text === '') return undefined;
  return kind === 'number' ? Number(text) : text;
}

function membersOf(value: Json | undefined): { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
