// One Latecall for the app: what was dispatched, and what has become of it, stands in a SQLite file.
import { createLatecall } from '@latecall/ai-sdk';
import { sqliteStore } from '@latecall/stores/sqlite';
import { appUrl } from './app-url.ts';
import { openAuditLog } from './audit.ts';
import { once } from './once.ts';
import { databaseFile } from './state.ts';

export const audit = openAuditLog('ai-sdk');
const store = once('store', () => sqliteStore(databaseFile('latecall')));

export const later = once('later', () =>
  createLatecall({
    store,
    callbackUrl: `${appUrl}/api/callback`,
    audit: audit.log.sink,
    takeOverAfter: '30s', // longer than a model call: a run of before a crash is given up then
    policy: {
      // A result may come in, and still not be for a model: what is confidential is for people.
      authorize: ({ at, outcome }) =>
        at === 'arrival' || !isConfidential(outcome) || { allow: false, reason: 'the result is confidential' },
    },
  }),
);

function isConfidential(outcome: { status: string; result?: unknown }): boolean {
  const { result } = outcome;
  return typeof result === 'object' && result !== null && 'confidential' in result && result.confidential === true;
}
