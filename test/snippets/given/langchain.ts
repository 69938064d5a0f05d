// What the snippets for LangChain use besides.

// Imports.
const { createAgent } = {} as typeof import('langchain');
const { Command, MessagesAnnotation, START, StateGraph } = {} as typeof import('@langchain/langgraph');
const { ToolNode, toolsCondition } = {} as typeof import('@langchain/langgraph/prebuilt');
const { asyncFunctionRequests, asyncTool, createLatecall } = {} as typeof import('@latecall/langchain');

// The agent.
const later = createLatecall();
const settings = { name: 'render_video', description, inputSchema, resultSchema, dispatch };
const renderVideo = asyncTool(settings);
const printPoster = asyncTool({ ...settings, name: 'print_poster' });
const tools = [renderVideo, printPoster];
const agent = createAgent({ model, ...later.wrap({ tools }), checkpointer });
declare const model: import('@langchain/openai').ChatOpenAI;
declare const weather: import('@langchain/core/tools').StructuredTool;
declare const summarize: import('langchain').AgentMiddleware;
declare const checkpointer: import('@langchain/langgraph').MemorySaver;

// The conversation.
declare const thread: { configurable: { thread_id: string } };
type ChatMessage = import('ai').UIMessage;
declare let state: Awaited<ReturnType<typeof agent.invoke>>;
declare const responses: import('@latecall/langchain').AsyncFunctionResponse[];
