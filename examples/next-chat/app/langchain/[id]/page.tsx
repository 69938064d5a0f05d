import { Chat } from '../../../components/chat.tsx';
import { TopBar } from '../../../components/top-bar.tsx';
import { loadMessages } from '../../../lib/langchain/chat.ts';

export const dynamic = 'force-dynamic';

/** A conversation with the agent of LangChain. */
export default async function LangChainPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <div className="page">
      <TopBar agent="langchain" thread={id} page="chat" />
      <Chat agent="langchain" thread={id} initial={await loadMessages({ thread: id })} />
    </div>
  );
}
