import { createLatecall } from '@latecall/ai-sdk';
import { type ModelMessage, streamText } from 'ai';
import { alternate, type Comparison } from '../lib/alternate.ts';
import { speakingModel } from './models.ts';

const asks: ModelMessage[] = [{ role: 'user', content: 'Say something.' }];

/** The time to the first piece of text, with Latecall around the model and without. */
export function compareFirstChunk(options: { times: number; rounds: number }): Promise<Comparison> {
  const model = speakingModel();
  const later = createLatecall();
  const firstChunk = async (settings: object) => {
    for await (const _ of streamText({ model, ...settings, messages: asks }).textStream) return;
  };
  const many = (once: () => Promise<void>) => async (times: number) => {
    for (let time = 0; time < times; time++) await once();
  };
  return alternate(
    {
      ours: many(() => firstChunk(later.wrap({ model, tools: {}, scope: { thread: 'thread-1' } }))),
      theirs: many(() => firstChunk({})),
    },
    { ...options, measure: 'wall' },
  );
}
