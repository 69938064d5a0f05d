import { createFakeClock } from '@latecall/testing';
import { describe, expect, it } from 'vitest';
import {
  answerMessage,
  chatGet,
  chatPost,
  chunksOf,
  createChatScene,
  textOf,
  userMessage,
} from '../test/chat-scene.ts';
import { completed, createScene, scope } from '../test/fixtures.ts';
import type { ChatMessage, ChatOptions } from './index.ts';
import { createMemoryPubSub } from './memory-pub-sub.ts';

const hello = userMessage('u1', 'Hello');
const body = { message: hello };

function scene(options: Partial<ChatOptions<ChatMessage>> = {}, saved: ChatMessage[] = []) {
  const tasks = createScene();
  const here = createChatScene(tasks.store, { clock: tasks.clock, ...options }, saved);
  return { ...here, tasks };
}

/** A conversation with a result that no model was told. */
async function withResult({ tasks }: { tasks: ReturnType<typeof createScene> }) {
  const { id } = await tasks.dispatch();
  await tasks.later.settle({ id, outcome: completed('u'), tools: tasks.tools });
}

const pending = (saved: ChatMessage[] = []): ChatMessage[] => [
  hello,
  {
    id: 'a1',
    role: 'assistant',
    parts: [
      { type: 'step-start' },
      { type: 'text', text: 'On it.' },
      { type: 'tool-render', toolCallId: 'c1', state: 'input-available', input: {} },
      { type: 'data-async-function', id: 'render_1', data: { handle: 'render_1', status: 'working' } },
    ],
  },
  ...saved,
];

/** What a run sends first that continues the pending message. */
const replay = [
  { type: 'start-step' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'On it.' },
  { type: 'text-end', id: '0' },
  { type: 'tool-input-available', toolCallId: 'c1', toolName: 'render', input: {} },
  { type: 'data-async-function', id: 'render_1', data: { handle: 'render_1', status: 'working' } },
];

describe('the stream that goes on', () => {
  it('is joined by any number of tabs, each from its beginning, and by none when it has ended', async () => {
    const { chat, nextRun } = scene();
    const [own, run] = await Promise.all([chat.POST(chatPost(body)), nextRun()]);
    const early = await chat.stream.GET(chatGet());
    run.say('One,');
    const late = await chat.stream.GET(chatGet());
    run.say('two.');
    await run.end();
    const texts = await Promise.all([own, early, late].map(async (response) => textOf(await chunksOf(response))));
    expect(texts).toEqual(['One, two.', 'One, two.', 'One, two.']);
    expect((await chat.stream.GET(chatGet())).status).toBe(204);
  });

  it('goes on when its readers leave, and its message is saved', async () => {
    const { chat, nextRun, saved } = scene();
    const [own, run] = await Promise.all([chat.POST(chatPost(body)), nextRun()]);
    const other = await chat.stream.GET(chatGet());
    await Promise.all([own.body?.cancel(), other.body?.cancel()]);
    run.say('Fine.');
    expect(run.signal.aborted).toBe(false);
    await run.end();
    expect(saved.at(-1)).toEqual(answerMessage('answer_1', 'Fine.'));
  });

  it('keeps its process alive until it has ended', async () => {
    const kept: Promise<void>[] = [];
    const { chat, nextRun, saved } = scene({ waitUntil: (run) => void kept.push(run) });
    const [own, run] = await Promise.all([chat.POST(chatPost(body)), nextRun()]);
    await own.body?.cancel();
    run.say('Fine.');
    await run.end();
    await Promise.all(kept);
    expect(kept).toHaveLength(1);
    expect(saved).toHaveLength(2);
  });

  it('is stopped by whoever asks for that', async () => {
    const { chat, nextRun } = scene();
    const stop = () => chat.stream.DELETE(new Request('https://app.example/stream', { method: 'DELETE' }));
    expect((await stop()).status).toBe(204);
    const [, run] = await Promise.all([chat.POST(chatPost(body)), nextRun()]);
    expect((await stop()).status).toBe(202);
    expect(run.signal.aborted).toBe(true);
  });

  it('is not there while nothing is due', async () => {
    const here = scene();
    await here.tasks.dispatch();
    expect((await here.chat.stream.GET(chatGet())).status).toBe(204);
  });

  it('is waited for if a result has come that no model was told', async () => {
    const here = scene();
    await withResult(here);
    const joined = here.chat.stream.GET(chatGet());
    const ran = here.chat.run(scope);
    const run = await here.nextRun();
    run.say('Here it is.');
    await run.end();
    await ran;
    expect(textOf(await chunksOf(await joined))).toBe('Here it is.');
  });

  it('is not waited for longer than the app says', async () => {
    const here = scene({ waitForRun: '2s' });
    await withResult(here);
    const joined = here.chat.stream.GET(chatGet());
    await new Promise(setImmediate);
    await here.tasks.clock.advance(2_000);
    expect((await joined).status).toBe(204);
  });

  it('is not waited for by a tab that has gone', async () => {
    const here = scene();
    await withResult(here);
    const gone = new AbortController();
    const joined = here.chat.stream.GET(chatGet({ signal: gone.signal }));
    await new Promise(setImmediate);
    gone.abort();
    expect((await joined).status).toBe(204);
    expect(here.tasks.clock.next).toBeUndefined();
  });

  it('reaches tabs that are connected to another process', async () => {
    const streams = createMemoryPubSub(createFakeClock());
    const [here, there] = [scene({ streams }), scene({ streams })];
    const [, run] = await Promise.all([here.chat.POST(chatPost(body)), here.nextRun()]);
    const joined = await there.chat.stream.GET(chatGet());
    run.say('Fine.');
    await run.end();
    expect(textOf(await chunksOf(joined))).toBe('Fine.');
  });
});

describe('a run of the server', () => {
  it('saves its message although nobody listens', async () => {
    const { chat, nextRun, saved } = scene({}, [hello]);
    const ran = chat.run(scope);
    const run = await nextRun();
    run.say('Here it is.');
    await run.end();
    await ran;
    expect(saved).toEqual([hello, answerMessage('answer_1', 'Here it is.')]);
  });

  it('comes after the answer to the user, and knows it', async () => {
    const { chat, nextRun, runs } = scene();
    const [, first] = await Promise.all([chat.POST(chatPost(body)), nextRun()]);
    const ran = chat.run(scope);
    first.say('On it.');
    await new Promise(setImmediate);
    expect(runs).toHaveLength(1);
    await first.end();
    const second = await nextRun();
    expect(second.messages).toEqual([hello, answerMessage('answer_1', 'On it.')]);
    await second.end();
    await ran;
  });

  it.each([
    ['it has to wait', [{ type: 'start-step' }]],
    ['it only repeats what it continues', [{ type: 'start', messageId: 'a1' }, ...replay]],
  ])('is not published, and saves nothing, if %s', async (_, chunks) => {
    const { chat, nextRun, saved } = scene({}, pending());
    const ran = chat.run(scope);
    const run = await nextRun();
    run.send(...chunks);
    expect((await chat.stream.GET(chatGet())).status).toBe(204);
    await run.end({ id: 'a1', parts: pending()[1]?.parts ?? [] });
    await ran;
    expect(saved).toEqual(pending());
    expect((await chat.stream.GET(chatGet())).status).toBe(204);
  });

  it('saves no message without parts', async () => {
    const { chat, nextRun, saved } = scene({}, [hello]);
    const ran = chat.run(scope);
    await (await nextRun()).end({ parts: [{ type: 'step-start' }] });
    await ran;
    expect(saved).toEqual([hello]);
  });

  it('is over if the agent has nothing to say', async () => {
    const { chat, saved } = scene({ answer: async () => undefined }, [hello]);
    await chat.run(scope);
    expect(saved).toEqual([hello]);
  });

  it('is published with its first word if it writes a message of its own', async () => {
    const { chat, nextRun } = scene({}, [hello, answerMessage('a1', 'On it.')]);
    const ran = chat.run(scope);
    const run = await nextRun();
    run.say('Here it is.');
    await new Promise(setImmediate);
    const joined = await chat.stream.GET(chatGet());
    await run.end();
    await ran;
    expect(textOf(await chunksOf(joined))).toBe('Here it is.');
  });

  it('is published from its beginning once there is news', async () => {
    const { chat, nextRun } = scene({}, pending());
    const ran = chat.run(scope);
    const run = await nextRun();
    run.send({ type: 'start', messageId: 'a1' }, ...replay);
    await new Promise(setImmediate);
    expect((await chat.stream.GET(chatGet())).status).toBe(204);
    run.send({ type: 'tool-output-available', toolCallId: 'c1', output: { url: 'u' } });
    await new Promise(setImmediate);
    const joined = await chat.stream.GET(chatGet());
    await run.end();
    await ran;
    const types = (await chunksOf(joined)).map(({ type }) => type);
    expect(types).toEqual(['start', 'start', ...replay.map(({ type }) => type), 'tool-output-available', 'finish']);
  });

  it('fails, for another try, if its model fails before it has said anything', async () => {
    const { chat, nextRun, saved } = scene({}, [hello]);
    const ran = chat.run(scope);
    const run = await nextRun();
    run.send({ type: 'error', errorText: 'The model is busy.' });
    await run.end();
    await expect(ran).rejects.toThrow('The model is busy.');
    expect((await chat.stream.GET(chatGet())).status).toBe(204);
    expect(saved).toEqual([hello]);
    const again = chat.run(scope);
    await (await nextRun()).end();
    await again;
  });
});

describe('the messages', () => {
  it('are those of the server, refreshed', async () => {
    const { chat } = scene({ refresh: async (messages) => messages.map((message) => ({ ...message, fresh: true })) }, [
      hello,
    ]);
    expect(await (await chat.GET(chatGet())).json()).toEqual([{ ...hello, fresh: true }]);
  });

  it('are not sent again to whoever has them', async () => {
    const { chat, saved } = scene({}, [hello]);
    const first = await chat.GET(chatGet());
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await chat.GET(chatGet({ headers }))).status).toBe(304);
    saved.push(answerMessage('a1', 'Hi.'));
    expect((await chat.GET(chatGet({ headers }))).status).toBe(200);
  });
});
