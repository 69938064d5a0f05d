import assert from 'node:assert/strict';
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import {
  type AsyncToolContext,
  type AuditEvent,
  asyncFunctionRequests,
  createLatecall,
  type RuntimeOptions,
} from './index.ts';

const scope = { thread: 'thread-1' };
const model = () => [calls(['render', { script: 'a' }]), says('It is at u.')];

describe('a crash between the dispatch and the checkpoint', () => {
  it('starts the work once where the same process runs on', () =>
    playScene({ model: model() }, async (scene) => {
      const checkpointer = new CrashingSaver();
      const made = startProcess(scene, checkpointer);
      await assert.rejects(made.agent.invoke({ messages: [asks()] }, thread()), /the disk is full/);
      checkpointer.repair();
      const paused = await made.agent.invoke(null, thread());
      const told = await made.agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('gives the outside the same key again where another process runs on', () =>
    playScene({ model: model(), runtime: { secret } }, async (scene) => {
      const checkpointer = new CrashingSaver();
      const first = startProcess(scene, checkpointer, { secret });
      await assert.rejects(first.agent.invoke({ messages: [asks()] }, thread()), /the disk is full/);
      const second = startProcess(scene, checkpointer.repair(), { secret });
      const paused = await second.agent.invoke(null, thread());
      expect(scene.outside.log.map(({ type }) => type)).toEqual(['submitted', 'deduplicated']);
      expect(scene.outside.jobs).toHaveLength(1);
      const told = await second.agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
    }));

  it('starts the work once where the app sends the same input again', () =>
    playScene({ model: model() }, async (scene) => {
      const checkpointer = new CrashingSaver();
      const made = startProcess(scene, checkpointer);
      const input = { messages: [new HumanMessage({ id: 'message-1', content: 'Render a.' })] };
      await assert.rejects(made.agent.invoke(input, thread()), /the disk is full/);
      checkpointer.repair();
      await made.agent.invoke(input, thread());
      expect(scene.server.requests).toHaveLength(1);
      const [open] = await made.later.pending(scope);
      assert.ok(open !== undefined);
      const { tools } = made;
      await made.later.settle({ id: open.id, outcome: done('u'), tools, scope });
      const told = await made.agent.invoke({ messages: [] }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('gives the outside the same key again where a run was aborted in the middle of dispatch', () =>
    playScene({ model: model() }, async (scene) => {
      const controller = new AbortController();
      const keys: string[] = [];
      const dispatch = (_: unknown, { idempotencyKey }: AsyncToolContext) => {
        keys.push(idempotencyKey);
        if (keys.length > 1) return { jobId: 'job_1' };
        controller.abort();
        return new Promise<never>(() => undefined);
      };
      const made = startProcess(scene, new MemorySaver(), {}, { dispatch });
      await assert.rejects(made.agent.invoke({ messages: [asks()] }, { ...thread(), signal: controller.signal }));
      const paused = await made.agent.invoke(null, thread());
      expect(keys).toEqual([keys[0], keys[0]]);
      const told = await made.agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
    }));
});

describe('a crash between the model and the checkpoint', () => {
  it('shows the result again, and counts it as told once', () =>
    playScene({ model: [...model(), says('It is at u.')] }, async (scene) => {
      const checkpointer = new CrashingSaver('It is at u.');
      const made = startProcess(scene, checkpointer);
      const paused = await made.agent.invoke({ messages: [asks()] }, thread());
      const answers = await scene.answers(paused, done('u'));
      await assert.rejects(made.agent.invoke({ messages: answers }, thread()), /the disk is full/);
      checkpointer.repair();
      const told = await made.agent.invoke(null, thread());
      expect(told.messages.at(-1)?.text).toBe('It is at u.');
      expect(scene.sent(1)).toBe(scene.sent(2));
      expect(count(made.audit, 'task.consumed')).toBe(1);
    }));
});

describe('a fork from an earlier checkpoint', () => {
  for (const [when, next] of [
    ["before the model's call", 'model_request'],
    ['between the call and its dispatch', 'tools'],
  ] as const) {
    it(`${when} rejoins the dispatch, and both branches are told the result`, () =>
      playScene({ model: echo }, async (scene) => {
        const made = startProcess(scene, new MemorySaver());
        const paused = await made.agent.invoke({ messages: [asks()] }, thread());
        const fork = await made.agent.invoke(null, await checkpointBefore(made, next));
        expect(ids(fork)).toEqual(ids(paused));
        const told = await made.agent.invoke({ messages: await scene.answers(fork, done('u')) }, thread());
        expect(told.messages.at(-1)?.text).toBe('{"url":"u"}');
        const again = await made.agent.invoke(null, await checkpointBefore(made, next, 'earliest'));
        expect(again.messages.at(-1)?.text).toBe('{"url":"u"}');
        expect(scene.submissions()).toEqual({ a: 1 });
        expect(count(made.audit, 'task.consumed')).toBe(1);
      }));

    it(`${when} gives the outside the same key in another process`, () =>
      playScene({ model: echo }, async (scene) => {
        const checkpointer = new MemorySaver();
        const first = startProcess(scene, checkpointer, { secret });
        await first.agent.invoke({ messages: [asks()] }, thread());
        const second = startProcess(scene, checkpointer, { secret });
        const fork = await second.agent.invoke(null, await checkpointBefore(second, next));
        expect(asyncFunctionRequests(fork)).toHaveLength(1);
        expect(new Set(scene.outside.log.map((event) => 'idempotencyKey' in event && event.idempotencyKey)).size).toBe(
          1,
        );
        expect(scene.outside.jobs).toHaveLength(1);
      }));
  }

  it('after the result was told has no open request once it was told again', () =>
    playScene({ model: echo }, async (scene) => {
      const made = startProcess(scene, new MemorySaver());
      const paused = await made.agent.invoke({ messages: [asks()] }, thread());
      await made.agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      const fork = await made.agent.invoke(null, await checkpointBefore(made, 'tools', 'earliest'));
      expect(fork.messages.at(-1)?.text).toBe('{"url":"u"}');
      expect(asyncFunctionRequests(fork)).toEqual([]);
    }));

  it('between the dispatch and the result shows the result on both branches', () =>
    playScene({ model: echo }, async (scene) => {
      const made = startProcess(scene, new MemorySaver());
      const paused = await made.agent.invoke({ messages: [asks()] }, thread());
      const waiting = (await made.agent.graph.getState(thread())).config;
      const answers = await scene.answers(paused, done('u'));
      const told = await made.agent.invoke({ messages: answers }, thread());
      const again = await made.agent.invoke({ messages: answers }, waiting as ReturnType<typeof thread>);
      expect([told, again].map(({ messages }) => messages.at(-1)?.text)).toEqual(['{"url":"u"}', '{"url":"u"}']);
      expect(scene.sent(1)).toBe(scene.sent(2));
      expect(count(made.audit, 'task.consumed')).toBe(1);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));
});

const secret = 'sixteen bytes or more';

/** Renders, and then says what it was told. */
const echo: Parameters<typeof playScene>[0]['model'] = ({ messages }) => {
  const [result] = messages.at(-1)?.toolResults ?? [];
  return result === undefined ? calls(['render', { script: 'a' }]) : says(JSON.stringify(result.output));
};

const count = (audit: readonly AuditEvent[], type: AuditEvent['type']) =>
  audit.filter((event) => event.type === type).length;

const ids = (state: { messages: BaseMessage[] }) => asyncFunctionRequests(state).map(({ id }) => id);

/** A process of the app: a Latecall and an agent of its own, on a shared checkpointer. */
function startProcess(scene: Scene, checkpointer: MemorySaver, options: RuntimeOptions = {}, fields: object = {}) {
  const audit: AuditEvent[] = [];
  const own = Object.keys(options).length > 0;
  const later = own ? createLatecall({ audit: (event) => void audit.push(event), ...options }) : scene.later;
  const tools = [scene.render(fields)];
  const agent = createAgent({ model: scene.model, ...later.wrap({ tools }), checkpointer });
  return { later, tools, agent, audit: own ? audit : scene.audit };
}

/** The config of the latest checkpoint, or the earliest, that this node was about to run from. */
async function checkpointBefore(
  { agent }: ReturnType<typeof startProcess>,
  node: string,
  which: 'latest' | 'earliest' = 'latest',
): Promise<ReturnType<typeof thread>> {
  const found = [];
  for await (const snapshot of agent.graph.getStateHistory(thread())) {
    if (snapshot.next.includes(node)) found.push(snapshot.config);
  }
  const config = found.at(which === 'latest' ? 0 : -1);
  assert.ok(config !== undefined, `there is no checkpoint before ${node}`);
  return config as ReturnType<typeof thread>;
}

/** Fails from the moment on when it is to write a tool's message, or the text that is given, until it is repaired. */
class CrashingSaver extends MemorySaver {
  readonly #at: string | undefined;
  #state: 'new' | 'broken' | 'repaired' = 'new';

  constructor(at?: string) {
    super();
    this.#at = at;
  }

  repair(): this {
    assert.equal(this.#state, 'broken');
    this.#state = 'repaired';
    return this;
  }

  override async put(...args: Parameters<MemorySaver['put']>): ReturnType<MemorySaver['put']> {
    this.#check();
    return super.put(...args);
  }

  override async putWrites(...args: Parameters<MemorySaver['putWrites']>): Promise<void> {
    const written = args[1].flatMap(([, value]) => messagesIn(value));
    const isIt = ({ type, text }: BaseMessage) => (this.#at === undefined ? type === 'tool' : text === this.#at);
    if (this.#state === 'new' && written.some(isIt)) this.#state = 'broken';
    this.#check();
    return super.putWrites(...args);
  }

  #check(): void {
    if (this.#state === 'broken') throw new Error('the disk is full');
  }
}

function messagesIn(value: unknown): BaseMessage[] {
  if (Array.isArray(value)) return value.flatMap(messagesIn);
  if (typeof value !== 'object' || value === null) return [];
  return 'tool_call_id' in value || 'tool_calls' in value ? [value as unknown as BaseMessage] : [];
}
