// Sets of tasks. The model asks about its own calls with later.taskQuery(), in place of a check_status tool:
//
//   it waits for all of them, without a turn until all are there; handles that it changed are understood
//   a handle of another conversation is refused, with the valid ones listed
//
// And the same in code: later.probe and later.whenSettled. The story is in story.ts, the app in ai-sdk.ts and
// langchain.ts.
//
//   node examples/ask-and-wait/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
