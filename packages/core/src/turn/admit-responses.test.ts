import { describe, expect, it } from 'vitest';
import {
  answers,
  asks,
  createScene,
  done,
  pendingChat,
  results,
  type Scene,
  says,
  schemaOf,
  secret,
  type TestMessage,
  thrownBy,
} from '../../test/fixtures.ts';
import { createAsyncFunctionResponse, createSigner, ResponseRefusedError, signResponse } from '../index.ts';

async function refusalOf(scene: Scene, messages: readonly TestMessage[]): Promise<ResponseRefusedError> {
  const error = await thrownBy(() => scene.begin(messages));
  if (error instanceof ResponseRefusedError) return error;
  throw error;
}

describe('a response that was just put into the messages', () => {
  it('settles its task and is shown in the place of the placeholder', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const { plan } = await scene.open([...messages, answers(await scene.respond(request, done({ url: 'u' })))]);
    expect(plan).toMatchObject({
      rewrite: [
        { message: 2, part: 0, show: { toolName: 'render', handle: request.handle, outcome: done({ url: 'u' }) } },
      ],
      drop: [{ message: 3, part: 0 }],
      fill: [],
      insert: [],
    });
    expect((await scene.task(request.id)).status).toBe('completed');
  });

  it('settles the one task and leaves the run waiting for the other', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const [asked, called] = messages;
    const other = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    if (asked === undefined || called === undefined) throw new Error('The chat has no call.');
    const both = { ...called, calls: [...called.calls, { callId: 'c2', name: 'send' }] };
    const placeholders = results({ callId: 'c1', request }, { callId: 'c2', request: other });
    const response = await scene.respond(request, done('u'));
    const turn = await scene.begin([asked, both, placeholders, answers(response)]);
    expect(turn).toMatchObject({ type: 'suspended', open: [{ id: other.id }] });
    expect((await scene.task(request.id)).status).toBe('completed');
  });

  it('settles a task whose call was trimmed: its result is appended', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const { plan } = await scene.open([asks('Well?'), answers(await scene.respond(request, done('u')))]);
    expect(plan.drop).toEqual([{ message: 1, part: 0 }]);
    expect(plan.insert).toMatchObject([{ before: 2, results: [{ handle: request.handle, outcome: done('u') }] }]);
  });

  it('passes the schema, the policy and onResult like any other', async () => {
    const onResult = (result: unknown) => ({ made: result });
    const scene = createScene({ tools: { render: { onResult } } });
    const { request, messages } = await pendingChat(scene);
    const { plan } = await scene.open([...messages, answers(await scene.respond(request, done('u')))]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done({ made: 'u' }));
  });

  it('is refused without a signature: anybody could have posted it', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const forged = createAsyncFunctionResponse({ request, result: 'forged' });
    const error = await refusalOf(scene, [...messages, answers(forged)]);
    expect(error.verdicts).toMatchObject([{ verdict: 'unauthorized', id: request.id }]);
    expect(error.message).toContain('has no valid signature');
    expect((await scene.task(request.id)).status).toBe('working');
  });

  it('is refused when its result was changed after it was signed', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const tampered = { ...(await scene.respond(request, done('u'))), outcome: done('tampered') };
    expect((await refusalOf(scene, [...messages, answers(tampered)])).code).toBe('response_refused');
    expect((await scene.task(request.id)).status).toBe('working');
  });

  it('is refused when it was signed with another secret', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const response = createAsyncFunctionResponse({ request, result: 'u' });
    const theirs = await signResponse(createSigner('a secret of somebody else'), response);
    expect((await refusalOf(scene, [...messages, answers(theirs)])).verdicts[0]?.verdict).toBe('unauthorized');
  });

  it('is refused when it does not fit the schema, and the right one is taken afterwards', async () => {
    const resultSchema = schemaOf((value) => {
      if (typeof value !== 'string') throw [{ message: 'must be a string' }];
      return value;
    });
    const scene = createScene({ tools: { render: { resultSchema } } });
    const { request, messages } = await pendingChat(scene);
    const error = await refusalOf(scene, [...messages, answers(await scene.respond(request, done(7)))]);
    expect(error.verdicts).toMatchObject([{ verdict: 'invalid' }]);
    expect(error.message).toContain('result: must be a string');
    const turn = await scene.begin([...messages, answers(await scene.respond(request, done('u')))]);
    expect(turn.type).toBe('open');
  });

  it('is refused when it is no response at all', async () => {
    const scene = createScene();
    const { messages } = await pendingChat(scene);
    const broken = results({ callId: 'c1', response: { type: 'async-function-response', v: 1 } });
    expect((await refusalOf(scene, [...messages, broken])).verdicts[0]?.verdict).toBe('invalid');
  });

  it('is refused when nobody knows its task, and named', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const stray = await scene.respond({ ...request, id: 'task_nobody' }, done('u'));
    const tail = results({ callId: 'c9', response: stray });
    const error = await refusalOf(scene, [...messages, tail]);
    expect(error.verdicts).toMatchObject([{ verdict: 'unknown', id: 'task_nobody' }]);
    expect(error.message).toContain('No task "task_nobody" is known here.');
  });

  it('is refused when its task is of another conversation', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const other = createScene({ store: scene.store, scope: { tenant: 'other', thread: 'chat-1' } });
    const tail = answers(await scene.respond(request, done('u')));
    expect((await refusalOf(other, [asks(), tail])).verdicts[0]?.verdict).toBe('unknown');
    expect((await scene.task(request.id)).status).toBe('working');
  });

  it('is refused together with all others that are', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const forged = createAsyncFunctionResponse({ request, result: 'forged' });
    const stray = results({ callId: 'c9', response: { ...forged, id: 'task_nobody' } });
    const { verdicts } = await refusalOf(scene, [...messages, answers(forged), stray]);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['unauthorized', 'unknown']);
  });

  it.each([
    ['cancelled', { status: 'cancelled' }],
    ['another result', done('first')],
  ] as const)('has no effect on a task that is settled (%s)', async (_, outcome) => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.settle(request.id, outcome);
    const { plan } = await scene.open([...messages, answers(await scene.respond(request, done('second')))]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(outcome);
  });

  it('has no effect on a task that is settled although nobody signed it: nothing is to be proved', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'real');
    const unsigned = createAsyncFunctionResponse({ request, result: 'forged' });
    const { plan } = await scene.open([...messages, answers(unsigned)]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done('real'));
  });

  it('loses against a deadline that passed before', async () => {
    const scene = createScene({ tools: { render: { deadline: '15m' } } });
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(900_000);
    const { plan } = await scene.open([...messages, answers(await scene.respond(request, done('late')))]);
    expect(plan.rewrite[0]?.show.outcome).toMatchObject({ status: 'expired' });
  });
});

describe('a response further back in the history', () => {
  it('is ignored and reported when it is forged, and the run goes on', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const forged = createAsyncFunctionResponse({ request, result: 'forged' });
    const { plan } = await scene.open([...messages, answers(forged), says('Fine.'), asks()]);
    expect(plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    expect(plan.drop).toEqual([{ message: 3, part: 0 }]);
    expect(scene.reported('history.ignored')).toEqual(['unauthorized']);
    expect((await scene.task(request.id)).status).toBe('working');
  });

  it('is ignored and reported when nobody knows its task', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const stray = results({
      callId: 'c9',
      response: { ...request, type: 'async-function-response', id: 'task_nobody' },
    });
    const { plan } = await scene.open([asks(), stray, says(), asks()]);
    expect(plan.drop).toEqual([{ message: 1, part: 0 }]);
    expect(scene.reported('history.ignored')).toEqual(['unknown']);
  });

  it('has no effect when it is repeated, and onResult is not run again', async () => {
    let runs = 0;
    const onResult = (result: unknown) => {
      runs += 1;
      return result;
    };
    const scene = createScene({ tools: { render: { onResult } } });
    const { request, messages } = await pendingChat(scene);
    const response = await scene.respond(request, done('u'));
    const told = [...messages, answers(response), answers(response)];
    const turn = await scene.open(told);
    const consumptions = await turn.finish();
    const later = await scene.open([...told, says('Done.', consumptions), asks(), answers(response)]);
    expect(later.plan.rewrite).toEqual(turn.plan.rewrite);
    expect(later.plan.insert).toEqual([]);
    expect(await later.finish()).toEqual([]);
    expect(runs).toBe(1);
  });

  it('is taken by a process with the same secret', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const response = await createScene({ secret }).respond(request, done('u'));
    await scene.open([...messages, answers(response), says('Hm.'), asks()]);
    expect((await scene.task(request.id)).status).toBe('completed');
  });
});
