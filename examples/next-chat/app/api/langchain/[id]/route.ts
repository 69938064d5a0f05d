import { chat } from '../../../../lib/langchain/chat.ts';

export const { GET, POST } = chat;
