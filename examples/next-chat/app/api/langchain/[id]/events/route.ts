import { createEventsRoute } from '@latecall/web';
import { chat, later } from '../../../../../lib/langchain/chat.ts';
import { scopeOf } from '../../../../../lib/scope-of.ts';

export const { GET } = createEventsRoute({ later, chat, scopeOf });
