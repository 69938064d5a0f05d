import { z } from 'zod';
import { approve } from '../../../../../lib/approve.ts';
import { scopeOf } from '../../../../../lib/scope-of.ts';

const bodySchema = z.object({ id: z.string(), approved: z.boolean() });

/** A person approves a call, or refuses it. */
export async function POST(request: Request): Promise<Response> {
  const scope = scopeOf(request);
  const body = bodySchema.safeParse(await request.json().catch(() => undefined));
  if (scope === undefined || !body.success) return new Response(null, { status: 400 });
  return new Response(null, { status: (await approve(scope, body.data)) ? 202 : 404 });
}
