import { AIMessage } from '@langchain/core/messages';

/** A message of the model with other fields; a piece of a stream becomes a whole message. */
export function copyOf(
  message: AIMessage,
  changed: { additional_kwargs: AIMessage['additional_kwargs']; tool_calls: NonNullable<AIMessage['tool_calls']> },
): AIMessage {
  const { id, name, content, response_metadata, invalid_tool_calls, usage_metadata } = message;
  const fields = {
    content,
    response_metadata,
    ...defined({ id, name, invalid_tool_calls, usage_metadata }),
    ...changed,
  };
  return new AIMessage(fields);
}

/** The fields that have a value. */
export function defined<FIELDS extends object>(
  fields: FIELDS,
): { [KEY in keyof FIELDS]?: Exclude<FIELDS[KEY], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [KEY in keyof FIELDS]?: Exclude<FIELDS[KEY], undefined> };
}
