// The stories of examples/, each on both hosts and on every store.
import { postgresMissing } from '@latecall/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { story as askAndWait } from '../examples/ask-and-wait/story.ts';
import { story as auditTrail } from '../examples/audit-trail/story.ts';
import { story as changedRequest } from '../examples/changed-request/story.ts';
import { story as lateButWelcome } from '../examples/late-but-welcome/story.ts';
import { story as questionFromOutside } from '../examples/question-from-outside/story.ts';
import { story as revokedConsent } from '../examples/revoked-consent/story.ts';
import { playStory } from '../examples/shared/stories/play-story.ts';
import { type OpenStore, openMemory, openSqlite, startPostgresStores } from '../examples/shared/stories/stores.ts';
import { story as staleSnapshot } from '../examples/stale-snapshot/story.ts';
import { story as stateSummary } from '../examples/state-summary/story.ts';
import { story as workingBudget } from '../examples/working-budget/story.ts';

const stories = {
  'revoked-consent': revokedConsent,
  'stale-snapshot': staleSnapshot,
  'changed-request': changedRequest,
  'audit-trail': auditTrail,
  'ask-and-wait': askAndWait,
  'working-budget': workingBudget,
  'state-summary': stateSummary,
  'late-but-welcome': lateButWelcome,
  'question-from-outside': questionFromOutside,
};
const hosts = ['ai-sdk', 'langchain'] as const;

const missing = postgresMissing(); // throws in CI
let postgres: Awaited<ReturnType<typeof startPostgresStores>> | undefined;

beforeAll(async () => {
  if (missing === undefined) postgres = await startPostgresStores();
}, 60_000);
afterAll(() => postgres?.stop());

async function openPostgres(): Promise<OpenStore> {
  if (postgres === undefined) throw new Error('PostgreSQL was not started.');
  return postgres.open();
}

const stores = [
  { on: 'memory', open: openMemory, skipped: undefined },
  { on: 'SQLite', open: openSqlite, skipped: undefined },
  { on: 'PostgreSQL', open: openPostgres, skipped: missing },
];

describe.each(Object.entries(stories))('%s', (_, story) => {
  for (const host of hosts) {
    for (const { on, open, skipped } of stores) {
      const name = `${host} on ${on}`;
      it.skipIf(skipped !== undefined)(skipped === undefined ? name : `${name} (skipped: ${skipped})`, async () => {
        const { store, close } = await open();
        await playStory({ story, host, store }).finally(close);
      });
    }
  }
});
