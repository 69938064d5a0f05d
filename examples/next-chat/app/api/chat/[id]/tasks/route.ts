import { createTasksRoute } from '@latecall/web';
import { later } from '../../../../../lib/later.ts';
import { scopeOf } from '../../../../../lib/scope-of.ts';
import { tools } from '../../../../../lib/tools.ts';

export const { GET, POST, DELETE } = createTasksRoute({ later, tools, scopeOf });
