import { expect, it } from 'vitest';
import { createHintListeners, type TaskHint } from '../index.ts';

const hint: TaskHint = { scope: { thread: 'chat-1' }, id: 'task_1' };

it('counts who listens, and tells a listener that was added twice everything twice until it has left twice', () => {
  const listeners = createHintListeners();
  const heard: TaskHint[] = [];
  const listen = (told: TaskHint) => void heard.push(told);
  const [leave, leaveToo] = [listeners.add(listen), listeners.add(listen)];
  listeners.tell(hint);
  expect([listeners.size, heard]).toEqual([2, [hint, hint]]);
  leave();
  leave();
  listeners.tell(hint);
  expect([listeners.size, heard.length]).toEqual([1, 3]);
  leaveToo();
  expect(listeners.size).toBe(0);
});

it('tells the others when one throws', () => {
  const listeners = createHintListeners();
  const heard: TaskHint[] = [];
  listeners.add(() => {
    throw new Error('broken listener');
  });
  listeners.add((told) => void heard.push(told));
  listeners.tell(hint);
  expect(heard).toEqual([hint]);
});
