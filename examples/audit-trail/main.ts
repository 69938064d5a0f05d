// Lineage. A pump is inspected; the model reads the finding and orders a repair, which fails. Later somebody asks, and
// has nothing but the audit log, a file of JSON lines:
//
//   which results did this turn see?        which actions followed from this result?
//   why is this task in this state?         was the log changed since?
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts.
//
//   node examples/audit-trail/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
