/** What a call was given, or what came of it, field by field. */
export function Fields({ value }: { value: unknown }) {
  const parsed = parse(value);
  const fields = typeof parsed === 'object' && parsed !== null ? parsed : { result: parsed };
  return (
    <dl className="fields">
      {Object.entries(fields).map(([name, field]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {typeof field === 'string' && field.startsWith('https://') ? <a href={field}>{field}</a> : String(field)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Results of LangChain's own tools are text. */
function parse(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
