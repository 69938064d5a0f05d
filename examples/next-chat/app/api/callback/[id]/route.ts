import { createCallbackRoute } from '@latecall/web';
import { later } from '../../../../lib/later.ts';
import { tools } from '../../../../lib/tools.ts';

export const { GET, POST, DELETE } = createCallbackRoute({ later, tools });
