import { chat } from '../../../../lib/chat.ts';

export const { GET, POST } = chat;
