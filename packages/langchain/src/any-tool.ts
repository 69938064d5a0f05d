import type { ClientTool, ServerTool } from '@langchain/core/tools';

/** Whatever an agent takes as a tool. */
export type AnyTool = ClientTool | ServerTool;
