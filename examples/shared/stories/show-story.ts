import { playStory } from './play-story.ts';
import { openSqlite } from './stores.ts';
import type { Story } from './story.ts';

/** Plays a story on both hosts, each on a SQLite file of its own, and prints what happens. */
export async function showStory(story: Story): Promise<void> {
  for (const host of ['ai-sdk', 'langchain'] as const) {
    console.log(host === 'ai-sdk' ? '\n== on the Vercel AI SDK\n' : '\n== on LangChain\n');
    const { store, close } = await openSqlite();
    const print = (who: string, what: string) => console.log(`${who.padEnd(10)} ${what}`.trimEnd());
    await playStory({ story, host, store, print }).finally(close);
  }
}
