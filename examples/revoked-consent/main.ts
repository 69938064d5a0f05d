// Policy at both times. A report on a person may be used only while the person consents. Consent is there when the
// report is ordered, and is revoked
//
//   while it is being made    the report is refused when it arrives
//   when it has arrived       the report is withheld when a model is to read it
//
// The model is told that there is a report that it may not see; people find it in quarantine. The story is in story.ts,
// the app in ai-sdk.ts and langchain.ts.
//
//   node examples/revoked-consent/main.ts
import { showStory } from '../shared/stories/show-story.ts';
import { story } from './story.ts';

await showStory(story);
