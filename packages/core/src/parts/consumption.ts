import type { Json } from '../base/json.ts';
import type { Delivery } from '../task/task.ts';
import { type AsyncFunctionResponse, parseAsyncFunctionResponse } from './async-function-response.ts';
import { invalidPart, readFields, requireString } from './parse-part.ts';

/**
 * Says, in the app's own history, that the message it stands in was written by a model that had just been told this
 * outcome: fixes place, wording and turn for ever (law 8). Never sent to a provider.
 */
export interface AsyncFunctionConsumption {
  readonly type: 'async-function-consumption';
  readonly v: 1;
  readonly turn: string;
  readonly delivery: Delivery;
  readonly handle: string;
  /** The outcome as the model was told it. */
  readonly response: AsyncFunctionResponse<Json>;
  /** How many messages stand between the result and the message that this is in. @default 0 */
  readonly distance?: number;
  /** `true` if it was shown as stale. */
  readonly stale?: boolean;
  readonly signature?: string;
}

/**
 * Reads a consumption from untrusted JSON and keeps its known fields only.
 *
 * @throws {InvalidPartError} naming the first field that is missing or of the wrong kind.
 */
export function parseConsumption(value: unknown): AsyncFunctionConsumption {
  const part = readFields({ value, type: 'async-function-consumption' });
  const { delivery } = part;
  if (!isDelivery(delivery)) {
    const expected = 'replace, append, envelope or native';
    throw invalidPart({ type: part.type, field: 'delivery', expected, found: delivery });
  }
  return {
    type: 'async-function-consumption',
    v: 1,
    turn: requireString(part, 'turn'),
    delivery,
    handle: requireString(part, 'handle'),
    response: parseAsyncFunctionResponse(part.response),
    ...(typeof part.distance === 'number' ? { distance: part.distance } : {}),
    ...(part.stale === true ? { stale: true } : {}),
    ...(part.signature === undefined ? {} : { signature: requireString(part, 'signature') }),
  };
}

function isDelivery(value: unknown): value is Delivery {
  return value === 'replace' || value === 'append' || value === 'envelope' || value === 'native';
}
