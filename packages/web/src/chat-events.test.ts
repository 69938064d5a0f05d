import { describe, expect, it } from 'vitest';
import { type ChatScene, chatGet, chatPost, createChatScene, userMessage } from '../test/chat-scene.ts';
import { createScene, scope } from '../test/fixtures.ts';
import { type EventReader, readEvents } from '../test/read-events.ts';
import { createEventsRoute } from './index.ts';

const hello = userMessage('u1', 'Hello');

function listen() {
  const tasks = createScene();
  const here = createChatScene(tasks.store, { clock: tasks.clock });
  const { GET } = createEventsRoute({ later: tasks, chat: here.chat, scopeOf: () => scope, clock: tasks.clock });
  const open = async (lastEventId?: string): Promise<EventReader> => {
    const headers = new Headers(lastEventId === undefined ? [] : [['last-event-id', lastEventId]]);
    const events = readEvents(await GET(chatGet({ headers })));
    expect(await events.next()).toEqual({ comment: 'open' });
    return events;
  };
  return { ...here, tasks, open };
}

async function begin({ chat, nextRun }: ChatScene) {
  const [, run] = await Promise.all([chat.POST(chatPost({ message: hello })), nextRun()]);
  return run;
}

describe('the events of a chat', () => {
  it('begin with the hint to fetch the messages, since nobody knows what was missed', async () => {
    const here = listen();
    const events = await here.open();
    expect(await events.next()).toEqual({ event: 'messages', data: {} });
    await events.close();
  });

  it('tell that a run goes on, to whoever comes while it does', async () => {
    const here = listen();
    const run = await begin(here);
    const events = await here.open();
    expect(await events.next()).toMatchObject({ event: 'run', data: { running: true } });
    expect(await events.next()).toMatchObject({ event: 'messages' });
    await run.end();
    await events.close();
  });

  it('tell of a message, of the run that answers it, and of its end, by the id of the run', async () => {
    const here = listen();
    const events = await here.open();
    await events.next();
    const saying = begin(here);
    expect(await events.next()).toMatchObject({ event: 'messages' });
    const began = await events.next();
    expect(began).toMatchObject({ event: 'run', data: { running: true } });
    const run = await saying;
    run.say('Fine.');
    await run.end();
    expect(await events.next()).toMatchObject({ event: 'messages' });
    expect(await events.next()).toEqual({
      event: 'run',
      data: { ...(began?.data as object), running: false },
    });
    await events.close();
  });

  it('leave the place alone from which a listener resumes', async () => {
    const here = listen();
    await here.tasks.dispatch();
    const events = await here.open();
    const task = await events.next();
    expect(await events.next()).toEqual({ event: 'messages', data: {} });
    await events.close();
    const again = await here.open(task?.id);
    expect(await again.next()).toEqual({ event: 'messages', data: {} });
    await again.close();
  });

  it('are not told in other conversations', async () => {
    const here = listen();
    const other = createEventsRoute({ later: here.tasks, chat: here.chat, scopeOf: () => ({ thread: 'other' }) });
    const events = readEvents(await other.GET(chatGet()));
    expect([await events.next(), await events.next()]).toEqual([{ comment: 'open' }, { event: 'messages', data: {} }]);
    const next = events.next();
    await (await begin(here)).end();
    await here.tasks.dispatch({ scope: { thread: 'other' } });
    expect(await next).toMatchObject({ event: 'async-function' });
    await events.close();
  });
});
