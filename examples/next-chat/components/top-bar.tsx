import Link from 'next/link';

/** The agents of the app, and where their pages and routes are. */
export const agents = {
  'ai-sdk': { title: 'AI SDK', home: '/', chat: '/chat', api: '/api/chat' },
  langchain: { title: 'LangChain', home: '/langchain', chat: '/langchain', api: '/api/langchain' },
} as const;

export type AgentName = keyof typeof agents;

/** Who one talks to, and where else one can go. */
export function TopBar({ agent, thread, page }: { agent: AgentName; thread: string; page: 'chat' | 'audit' }) {
  return (
    <header className="top-bar">
      <Link href="/" className="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="9" />
          <path d="M12 7v5l3.5 2.5" />
        </svg>
        Latecall
      </Link>
      <nav aria-label="Agent" className="switch">
        {Object.entries(agents).map(([name, { title, home }]) => (
          <Link key={name} href={home} prefetch={false} aria-current={name === agent ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <nav aria-label="Conversation" className="actions">
        {page === 'chat' ? (
          <Link href={`/audit/${thread}?agent=${agent}`}>Audit</Link>
        ) : (
          <Link href={`${agents[agent].chat}/${thread}`}>Back to the chat</Link>
        )}
        <Link href={agents[agent].home} prefetch={false}>
          New chat
        </Link>
      </nav>
    </header>
  );
}
