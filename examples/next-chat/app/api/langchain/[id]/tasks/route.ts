import { createTasksRoute } from '@latecall/web';
import { later } from '../../../../../lib/langchain/chat.ts';
import { tools } from '../../../../../lib/langchain/tools.ts';
import { scopeOf } from '../../../../../lib/scope-of.ts';

export const { GET, POST, DELETE } = createTasksRoute({ later, tools, scopeOf });
