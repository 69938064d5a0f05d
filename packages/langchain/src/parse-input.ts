import type { ToolSchemaBase } from '@langchain/core/tools';
import { interopParseAsync, isInteropZodSchema } from '@langchain/core/utils/types';

/** What a tool's schema makes of what the model wrote: defaults filled in, transforms applied. JSON schemas change nothing. */
export async function parseInput(schema: ToolSchemaBase | undefined, written: unknown): Promise<unknown> {
  return schema !== undefined && isInteropZodSchema(schema) ? interopParseAsync(schema, written) : written;
}
