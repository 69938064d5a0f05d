import { type StrictServer, startOpenAIServer } from '@latecall/testing';
import type { Stage, Story } from './story.ts';

/** Plays a story to its end on one host, and cleans up behind it. */
export async function playStory(played: {
  story: Story;
  host: keyof Story;
  store: Stage['store'];
  print?: Stage['print'];
}): Promise<void> {
  const { story, host, store, print = () => {} } = played;
  const servers: StrictServer[] = [];
  const startModel: Stage['startModel'] = async (model) => {
    const server = await startOpenAIServer({ model });
    servers.push(server);
    return server;
  };
  try {
    await story[host]({ store, print, startModel });
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}
