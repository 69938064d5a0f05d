// Deadlines, and what comes after them. Two quotes are asked for, within an hour; nothing comes in time.
//
//   lateResult: 'accept'   the model is told that nothing has come and that it may still come, and later the quote, once
//   without it             the model is told that there will be none; the late quote goes into quarantine
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts. The clock is a fake one.
//
//   node examples/late-but-welcome/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
