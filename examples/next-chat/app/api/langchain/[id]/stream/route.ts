import { chat } from '../../../../../lib/langchain/chat.ts';

export const { GET, DELETE } = chat.stream;
