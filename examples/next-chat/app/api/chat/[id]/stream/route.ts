import { chat } from '../../../../../lib/chat.ts';

export const { GET, DELETE } = chat.stream;
