export type Host = 'ai-sdk' | 'langchain';

/** What a reader pastes into one file. */
export interface Snippet {
  /** All other lines of the document are blank in it, so that each line has its number. */
  readonly code: string;
  /** `undefined` where it is the same for both. */
  readonly host: Host | undefined;
}

/** A comment at the margin that names a host or a file: another part of the fence begins. */
const LABEL = /^(?=\/\/ (?:Vercel AI SDK|LangChain|\S+\.tsx?)\b)/m;

/** The TypeScript of a document: its `ts` and `tsx` fences, and what its `diff` fences lead to. */
export function readSnippets(text: string): Snippet[] {
  return Array.from(text.matchAll(/^```(tsx?|diff)\n(.*?)^```$/gms)).flatMap(({ index, 1: language, 2: body = '' }) => {
    const above = `${blank(text.slice(0, index))}\n`;
    const parts = (language === 'diff' ? afterwards(body) : body).split(LABEL);
    const common = parts.length > 1 && parts[0]?.search(LABEL) !== 0 ? parts.shift() : ''; // stands in each of the others
    return parts.map((part, at) => ({
      code: above + common + blank(parts.slice(0, at).join('')) + part,
      host: hostOf(part),
    }));
  });
}

/** What a diff leads to. A `return` at the margin would end a function that it does not show. */
function afterwards(diff: string): string {
  return diff.replaceAll(/^(?:-.*|[+ ])/gm, '').replaceAll(/^return /gm, 'export default ');
}

function hostOf(code: string): Host | undefined {
  if (/^\/\/ Vercel AI SDK|'@latecall\/ai-sdk'/.test(code)) return 'ai-sdk';
  return /^\/\/ LangChain|'@latecall\/langchain'/.test(code) ? 'langchain' : undefined;
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, '');
}
