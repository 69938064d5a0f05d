// Budgets for work, not for waiting. A conversation may take 3 model calls, another one 5 minutes of work. Both wait for
// hours, and are asked again and again whether something has come: that costs nothing. Once the budget is spent, the run
// ends before its next model call, and the app can say so and grant more.
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts. The clock is a fake one.
//
//   node examples/working-budget/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
