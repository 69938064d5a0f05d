import type { UIMessage } from 'ai';
import { expect, it } from 'vitest';
import { mergeMessages } from './merge-messages.ts';

const said = (id: string, text = id): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] });
const told = (id: string, text = id): UIMessage => ({ id, role: 'assistant', parts: [{ type: 'text', text }] });

it('keeps what the user has said behind what the server knows', () => {
  const merged = mergeMessages([said('u1'), told('a1'), said('u2')], [said('u1'), told('a1', 'longer')]);
  expect(merged).toEqual([said('u1'), told('a1', 'longer'), said('u2')]);
});

it('drops what the server has dropped, and answers that it does not know', () => {
  const merged = mergeMessages([said('u0'), said('u1'), told('partial')], [said('u1'), told('a1')]);
  expect(merged).toEqual([said('u1'), told('a1')]);
});

it('gives the same messages where nothing has changed', () => {
  const here = [said('u1'), told('a1')];
  expect(mergeMessages(here, structuredClone(here))).toBe(here);
  expect(mergeMessages(here, [said('u1'), told('a1', 'longer')])[0]).toBe(here[0]);
});
