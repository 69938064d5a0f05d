import { Chat } from '../../../components/chat.tsx';
import { TopBar } from '../../../components/top-bar.tsx';
import { loadMessages } from '../../../lib/chat.ts';

export const dynamic = 'force-dynamic';

/** A conversation with the agent of the AI SDK. */
export default async function ChatPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <div className="page">
      <TopBar agent="ai-sdk" thread={id} page="chat" />
      <Chat agent="ai-sdk" thread={id} initial={await loadMessages({ thread: id })} />
    </div>
  );
}
