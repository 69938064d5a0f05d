import { LiveRefresh } from '../../../components/live-refresh.tsx';
import { Timeline } from '../../../components/timeline.tsx';
import { type AgentName, agents, TopBar } from '../../../components/top-bar.tsx';
import { openAuditLog } from '../../../lib/audit.ts';

export const dynamic = 'force-dynamic';

interface Props {
  params: Promise<{ thread: string }>;
  searchParams: Promise<{ agent?: string }>;
}

/** What the log knows of a conversation: who called what, how long it took, and which turn was told. */
export default async function AuditPage({ params, searchParams }: Props) {
  const { thread } = await params;
  const agent: AgentName = (await searchParams).agent === 'langchain' ? 'langchain' : 'ai-sdk';
  const { lineage, intact } = await openAuditLog(agent).read(thread);
  const tasks = lineage.tasks();
  const turns = new Map(lineage.turns().map(({ id }, index) => [id, `turn ${index + 1}`]));

  return (
    <div className="page">
      <TopBar agent={agent} thread={thread} page="audit" />
      <main className="audit">
        <h1>Audit of conversation {thread}</h1>
        <p className="intact" data-intact={intact}>
          {intact
            ? 'The log is intact: no line was changed or taken out.'
            : 'The log was changed, or lines are missing.'}
        </p>
        {tasks.length === 0 ? (
          <p>Nothing was dispatched in this conversation yet.</p>
        ) : (
          <>
            <Timeline lineage={lineage} now={Date.now()} />
            <p className="legend">
              A dot in the first line is a model turn. A bar is a dispatched call, from its dispatch to its outcome; the
              dashed line leads to the turn that was told.
            </p>
            <h2>In words</h2>
            <ol className="stories">
              {tasks.map(({ id, toolName, handle, state, consumption }) => (
                <li key={id} data-state={consumption?.status ?? state}>
                  <h3>
                    {toolName} <code>{handle}</code>
                    <span className="status">{(consumption?.status ?? state).replace('_', ' ')}</span>
                  </h3>
                  <ol>
                    {lineage.explain(id).map(({ at, text }, index) => (
                      <li key={index}>
                        <time dateTime={new Date(at).toISOString()}>{new Date(at).toISOString().slice(11, 23)}</time>
                        <span>{nameTurns(text, turns)}</span>
                      </li>
                    ))}
                  </ol>
                </li>
              ))}
            </ol>
          </>
        )}
      </main>
      <LiveRefresh endpoint={`${agents[agent].api}/${thread}`} />
    </div>
  );
}

/** The log names turns by long ids; the picture numbers them. */
function nameTurns(text: string, turns: ReadonlyMap<string, string>): string {
  let named = text;
  for (const [id, name] of turns) named = named.replaceAll(`turn "${id}"`, name).replaceAll(`Turn "${id}"`, name);
  return named.charAt(0).toUpperCase() + named.slice(1);
}
