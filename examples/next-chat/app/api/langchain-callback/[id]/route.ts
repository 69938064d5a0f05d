import { createCallbackRoute } from '@latecall/web';
import { later } from '../../../../lib/langchain/chat.ts';
import { tools } from '../../../../lib/langchain/tools.ts';

export const { GET, POST, DELETE } = createCallbackRoute({ later, tools });
