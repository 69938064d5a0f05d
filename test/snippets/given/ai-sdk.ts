// What the snippets for the Vercel AI SDK use besides.

// Imports.
const { convertToModelMessages, createUIMessageStreamResponse, generateId } = {} as typeof import('ai');
const { generateText, streamText } = {} as typeof import('ai');
const { openai } = {} as typeof import('@ai-sdk/openai');
const { useChat } = {} as typeof import('@ai-sdk/react');
const { asyncTool, createLatecall, refreshUIMessages } = {} as typeof import('@latecall/ai-sdk');
const { toAsyncUIMessageStream } = {} as typeof import('@latecall/ai-sdk');
const { createChatTransport, PendingTray, useAsyncFunctions } = {} as typeof import('@latecall/react');

// The agent.
const later = createLatecall();
const settings = { description, inputSchema, resultSchema, dispatch };
const renderVideo = asyncTool(settings);
const printPoster = asyncTool(settings);
const tools = { renderVideo, printPoster };
declare const model: import('ai').LanguageModel;

// The conversation, for a model and for a page.
declare const thread: string;
type ModelMessage = import('ai').ModelMessage;
type ChatMessage = import('@latecall/ai-sdk').AsyncUIMessage<typeof tools>;
declare const messages: ModelMessage[] & ChatMessage[];
declare const loadMessages: (scope: Scope) => Promise<ModelMessage[]>;
declare const appendMessages: (scope: Scope, messages: ModelMessage[]) => Promise<void>;
declare const save: (finished: { messages: ChatMessage[] }) => Promise<void>;

// The page.
declare const Messages: (props: { messages: ChatMessage[] }) => import('react').ReactNode;
declare const tasks: string;
declare const handle: string;
declare const key: string;
declare const reason: string;

// Of assistant-ui, which is not installed here.
declare const useAISDKRuntime: (chat: unknown, options: { cancelPendingToolCallsOnSend: boolean }) => unknown;
