import type { AgentName } from './top-bar.tsx';

interface Suggestion {
  readonly text: string;
  readonly shows: string;
  /** Only the agent of the AI SDK has the tool for it. */
  readonly only?: AgentName;
}

const suggestions: readonly Suggestion[] = [
  { text: 'Render a video about the tides', shows: 'Takes ten seconds, with progress and a deadline' },
  { text: 'What is the weather in Oslo?', shows: 'Answered at once, also while something is pending' },
  { text: 'Book a table for four on Friday', shows: 'The restaurant asks you something back' },
  { text: 'Pay the invoice of Nordwind', shows: 'You approve it, then the bank takes its time', only: 'ai-sdk' },
  { text: 'Print my poster', shows: 'Fails after a while' },
  { text: 'Ask the supplier for a price', shows: 'Expires: nobody answers within 6 seconds', only: 'ai-sdk' },
  { text: 'Measure the tide at Brest', shows: 'Overdue after 5 seconds, answered after 11', only: 'ai-sdk' },
  { text: 'Show me the payroll report', shows: 'Comes, but is withheld from the model', only: 'ai-sdk' },
];

/** What one may ask this agent for. */
export function Suggestions(props: { agent: AgentName; large: boolean; onPick: (text: string) => void }) {
  const { agent, large, onPick } = props;
  return (
    <ul className="suggestions" data-large={large} aria-label="Suggestions">
      {suggestions
        .filter(({ only = agent }) => only === agent)
        .map(({ text, shows }) => (
          <li key={text}>
            <button type="button" onClick={() => onPick(text)}>
              {text}
              <small>{shows}</small>
            </button>
          </li>
        ))}
    </ul>
  );
}
