import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { TaskRecord } from '../task/task.ts';

/**
 * Checks a result against the tool's `resultSchema`. What the schema makes of it (defaults, removed fields) is the
 * result that counts; it must still be JSON.
 */
export async function validateResult(input: {
  schema: StandardSchemaV1 | undefined;
  result: Json;
  task: Pick<TaskRecord, 'id' | 'toolName'>;
}): Promise<{ result: Json } | { problem: string; cause?: unknown }> {
  const { schema, result, task } = input;
  if (schema === undefined) return { result };
  const what = `The result of "${task.id}"`;
  try {
    const validated = await schema['~standard'].validate(result);
    if (validated.issues === undefined) return { result: toJson(validated.value, what) };
    const issues = validated.issues.map((issue) => `${pathOf(issue)}: ${issue.message}`).join('; ');
    return {
      problem: `${what} does not fit the resultSchema of "${task.toolName}": ${issues}. The task goes on; send a result that fits.`,
    };
  } catch (error) {
    if (LatecallError.isInstance(error)) {
      return { problem: `The resultSchema of "${task.toolName}" gives no JSON: ${error.message}` };
    }
    // What it says of the inside of the app is for the audit, not for the sender.
    return { problem: `${what} could not be checked by the resultSchema of "${task.toolName}".`, cause: error };
  }
}

function pathOf({ path = [] }: StandardSchemaV1.Issue): string {
  const keys = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return keys.length === 0 ? 'result' : `result.${keys.join('.')}`;
}
