// How does a conversation stand? Three calls are out. One result is withheld, one has come and no model was told yet, one
// is pending.
//
//   later.summary(scope)     for people: what, since when, how far
//   describeState(summary)   for a model: the same in a few tokens, and the same text while nothing changes
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts. The clock is a fake one.
//
//   node examples/state-summary/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
