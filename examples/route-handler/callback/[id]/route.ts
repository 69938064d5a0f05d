// app/api/callback/[id]/route.ts
//
// Where the outside posts a result. It needs no session and no conversation: the token is the proof. The chat goes on
// with its next run, wherever that is.
import { statusOf } from '@latecall/ai-sdk';
import { later, tools } from '../../agent.ts';

export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params;
  const token = request.headers.get('authorization')?.replace(/^Bearer /, '');
  let result: unknown;
  try {
    result = await request.json();
  } catch {
    return Response.json({ verdict: 'invalid', message: 'The body must be JSON.' }, { status: statusOf('invalid') });
  }
  const { verdict, message } = await later.settle({ id, outcome: { status: 'completed', result }, tools, token });
  const status = statusOf(verdict);
  // Whoever has no token is not told whether the task exists.
  return status === 404 ? new Response(null, { status }) : Response.json({ verdict, message }, { status });
}
