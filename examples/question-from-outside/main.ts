// A question in between. A recording studio does the work; before it can go on it has to know something, and asks over
// HTTP, at the callback of its task. The app answers, the tool's onInput tells the studio, and the result comes.
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts.
//
//   node examples/question-from-outside/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
