import { describe, expect, it } from 'vitest';
import { createScene, pendingChat, thrownBy } from '../../test/fixtures.ts';
import { sha256 } from '../base/bytes.ts';
import { type AuditPayload, canonicalJson, type Json } from '../index.ts';

describe('logPayload', () => {
  it('decides what of arguments and outcomes stands in the events', async () => {
    const asked: AuditPayload[] = [];
    const scene = createScene({
      logPayload: (payload) => {
        asked.push(payload);
        return payload.kind === 'arguments' ? { script: '…' } : undefined;
      },
    });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'secret');
    await (await scene.open(messages)).finish();
    expect(scene.events.flatMap(({ type, payload }) => (payload === undefined ? [] : [[type, payload]]))).toEqual([
      ['task.created', { script: '…' }],
    ]);
    expect(JSON.stringify(scene.events)).not.toContain('secret');
    const outcome = { status: 'completed', result: 'secret' };
    expect(asked).toEqual([
      { kind: 'arguments', value: { script: 'a' }, toolName: 'render', id: request.id },
      { kind: 'outcome', value: outcome, toolName: 'render', id: request.id },
      { kind: 'outcome', value: outcome, toolName: 'render', id: request.id },
    ]);
  });

  it('stops what it was asked about when it throws', async () => {
    const ran: string[] = [];
    const logPayload = () => {
      throw new Error('no rule for this tool');
    };
    const scene = createScene({ logPayload, tools: { render: { dispatch: (_, { id }) => ran.push(id) } } });
    expect(String(await thrownBy(() => scene.dispatch()))).toContain('no rule for this tool');
    expect(ran).toEqual([]);
  });

  it('must return JSON', async () => {
    const scene = createScene({ logPayload: () => new Date() as unknown as Json });
    expect(String(await thrownBy(() => scene.dispatch()))).toContain('What logPayload returned');
  });
});

describe('digests', () => {
  it('are those of the arguments and of the outcome, however their keys are ordered', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch({ arguments: { b: 1, a: 2 } });
    await scene.complete(id, 'u');
    const [created, , settled] = scene.events;
    expect(created?.inputDigest).toBe(await sha256('{"a":2,"b":1}'));
    expect(settled?.outputDigest).toBe(await sha256(canonicalJson({ status: 'completed', result: 'u' })));
  });

  it('stand with every call of a turn, of whatever tool, and with every result', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await (await scene.open(messages)).finish([
      { callId: 'c2', toolName: 'search', arguments: { q: 'x' } },
      { callId: 'c3', toolName: 'search', arguments: 1n },
    ]);
    expect(scene.events.at(-1)).toMatchObject({
      type: 'turn.finished',
      calls: [
        { callId: 'c2', toolName: 'search', inputDigest: await sha256('{"q":"x"}') },
        { callId: 'c3', toolName: 'search', inputDigest: await sha256('null') },
      ],
      results: [{ id: request.id, outputDigest: await sha256('{"result":"u","status":"completed"}') }],
    });
  });

  it('stand with a call that joins a task, too', async () => {
    const scene = createScene();
    await scene.dispatch();
    await scene.dispatch({ callId: 'c9' });
    const [created, , rejoined] = scene.events;
    expect(rejoined).toMatchObject({ type: 'task.rejoined', callId: 'c9', inputDigest: created?.inputDigest });
  });
});
