// Provenance. A test run and a coverage run are dispatched on commit A; commit B lands; then the results arrive.
//
//   the test run       is told, marked as stale: the model has it made again
//   the coverage run   is withheld, since its tool says staleResult: 'refuse'
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts.
//
//   node examples/stale-snapshot/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
