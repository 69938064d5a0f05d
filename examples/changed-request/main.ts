// Branches and dependencies. Three searches are out, and a summary that depends on them; one search has come home. Then
// the user changes the request.
//
//   the old branch is abandoned   what is open is cancelled, the summary with the searches it depends on; the outside is
//                                 told to stop; what is there is told to nobody; what still comes goes into quarantine
//   the new branch goes on        a thread runner wakes it, and it alone, when its own search comes home
//
// The story is in story.ts, the app in ai-sdk.ts and langchain.ts.
//
//   node examples/changed-request/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
