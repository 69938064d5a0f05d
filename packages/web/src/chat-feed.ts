import type { ChatNewsHub } from './chat-news.ts';
import type { LiveStreams } from './live-streams.ts';

/** What a chat tells of itself: that a run has begun or ended, and that messages have changed. */
export interface ChatFeed {
  readonly listen: ChatNewsHub['listen'];
  /** The id of the run that streams now, if one does. */
  readonly running: LiveStreams['current'];
}
