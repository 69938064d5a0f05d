// app/api/callback/[id]/route.ts
//
// Where the outside posts a result. It needs no session and no conversation: the token is the proof. The chat goes on
// with its next run, wherever that is.
import { createCallbackRoute } from '@latecall/web';
import { later, tools } from '../../agent.ts';

export const { GET, POST, DELETE } = createCallbackRoute({ later, tools });
