import assert from 'node:assert/strict';
import { noteLimits } from '@latecall/core';
import { answer, done, news, newTask, now, question, ref } from '../sample-task.ts';
import type { StoreCases } from '../store-cases.ts';

/** What the outside asks, and who answers. */
export const questionCases: StoreCases = {
  'a question makes the task wait, and its answer makes it work again': async (store) => {
    await store.create(newTask());
    const asked = await store.note(ref, question('a', { schema: { type: 'string' } }));
    assert.deepEqual([asked.verdict, asked.task?.status], ['accepted', 'input_required']);
    const { verdict, task } = await store.note(ref, answer('a', 'This.'));
    assert.deepEqual([verdict, task?.status], ['accepted', 'working']);
    const expected = { key: 'a', message: 'Which a?', schema: { type: 'string' }, askedAt: now };
    assert.deepEqual(task?.inputs, [{ ...expected, answer: 'This.', closedAt: now }]);
    assert.deepEqual(await store.get(ref), task);
  },

  'a task waits until its last question is answered': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    await store.note(ref, question('b'));
    assert.equal((await store.note(ref, answer('b', 1))).task?.status, 'input_required');
    assert.equal((await store.note(ref, news({ progress: { fraction: 0.5 } }))).task?.status, 'input_required');
    assert.equal((await store.note(ref, answer('a', 2))).task?.status, 'working');
  },

  'the same question again is a duplicate, and another one with its key a conflict': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    assert.equal((await store.note(ref, question('a'))).verdict, 'duplicate');
    assert.equal((await store.note(ref, question('a', { message: 'Really?' }))).verdict, 'conflict');
    assert.equal((await store.get(ref))?.inputs?.length, 1);
  },

  'the key of a question is used once in the life of a task, answered or withdrawn': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    await store.note(ref, answer('a', 1));
    await store.note(ref, question('b'));
    await store.note(ref, news({ withdrawn: true }));
    for (const key of ['a', 'b']) {
      assert.equal((await store.note(ref, question(key, { message: 'Another one?' }))).verdict, 'conflict');
    }
    assert.equal((await store.get(ref))?.status, 'working');
  },

  'questions without a key are given one each': async (store) => {
    await store.create(newTask());
    await store.note(ref, news({ inputRequest: { message: 'One?' } }));
    await store.note(ref, news({ inputRequest: { message: 'Two?' } }));
    assert.equal((await store.note(ref, news({ inputRequest: { message: 'Two?' } }))).verdict, 'duplicate');
    const inputs = (await store.get(ref))?.inputs?.map(({ key, message }) => [key, message]);
    assert.deepEqual(inputs, [
      ['input-1', 'One?'],
      ['input-2', 'Two?'],
    ]);
  },

  'questions that are withdrawn are closed without an answer, and the task works again': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    await store.note(ref, question('b'));
    const { task } = await store.note(ref, news({ at: now + 1, withdrawn: true }));
    assert.equal(task?.status, 'working');
    assert.deepEqual(
      task.inputs?.map(({ key, closedAt, answer: given }) => [key, closedAt, given]),
      [
        ['a', now + 1, undefined],
        ['b', now + 1, undefined],
      ],
    );
    assert.equal((await store.note(ref, answer('a', 1))).verdict, 'conflict');
  },

  'questions may be withdrawn and replaced at once': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    const { task } = await store.note(ref, news({ withdrawn: true, inputRequest: { key: 'b', message: 'This?' } }));
    assert.equal(task?.status, 'input_required');
    assert.deepEqual(
      task.inputs?.map(({ closedAt }) => closedAt),
      [now, undefined],
    );
  },

  'a task asks so many questions and no more': async (store) => {
    await store.create(newTask());
    for (let index = 0; index < noteLimits.inputs; index += 1) await store.note(ref, question(`q${index}`));
    assert.equal((await store.note(ref, question('one more'))).verdict, 'full');
    assert.equal((await store.get(ref))?.inputs?.length, noteLimits.inputs);
    assert.equal((await store.note(ref, answer('q0', 1))).verdict, 'accepted');
  },

  'the same answer again is a duplicate, another one a conflict, and the first stays': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    await store.note(ref, answer('a', { x: 1, y: [2] }));
    assert.equal((await store.note(ref, answer('a', { y: [2], x: 1 }))).verdict, 'duplicate');
    assert.equal((await store.note(ref, answer('a', null))).verdict, 'conflict');
    assert.deepEqual((await store.get(ref))?.inputs?.[0]?.answer, { x: 1, y: [2] });
  },

  'falsy answers are answers': async (store) => {
    await store.create(newTask());
    for (const value of [null, false, 0, '']) {
      const key = `of ${JSON.stringify(value)}`;
      await store.note(ref, question(key));
      assert.equal((await store.note(ref, answer(key, value))).task?.status, 'working');
      assert.equal((await store.note(ref, answer(key, 'second'))).verdict, 'conflict');
    }
    assert.deepEqual(
      (await store.get(ref))?.inputs?.map((input) => input.answer),
      [null, false, 0, ''],
    );
  },

  'an answer to a question that nobody asked is unknown': async (store) => {
    await store.create(newTask());
    const { verdict, task } = await store.note(ref, answer('a', 1));
    assert.equal(verdict, 'unknown');
    assert.deepEqual(task, await store.get(ref));
  },

  'an answer after the outcome is a conflict; one that was given before is a duplicate still': async (store) => {
    await store.create(newTask());
    await store.note(ref, question('a'));
    await store.note(ref, question('b'));
    await store.note(ref, answer('a', 1));
    await store.settle(ref, { settlement: done(1), now });
    assert.equal((await store.note(ref, answer('b', 1))).verdict, 'conflict');
    assert.equal((await store.note(ref, answer('a', 1))).verdict, 'duplicate');
    assert.equal((await store.get(ref))?.status, 'completed');
  },
};
