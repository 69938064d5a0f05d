import { createEventsRoute } from '@latecall/web';
import { chat } from '../../../../../lib/chat.ts';
import { later } from '../../../../../lib/later.ts';
import { scopeOf } from '../../../../../lib/scope-of.ts';

export const { GET } = createEventsRoute({ later, chat, scopeOf });
