import { expect, test } from 'vitest';
import { MemoryWindow } from './memory-window.ts';

const NEVER = new AbortController().signal;

/** Has the promise settled by now? */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('lets in up to its messages, then in order of coming', async () => {
  const window = new MemoryWindow({ maxMessages: 2, maxBytes: 1000 });
  const [leave] = await Promise.all([window.enter(1, NEVER), window.enter(1, NEVER)]);
  const third = window.enter(1, NEVER);
  const fourth = window.enter(1, NEVER);
  expect(await isSettled(third)).toBe(false);
  leave();
  leave();
  const leaveAgain = await third;
  expect(await isSettled(fourth)).toBe(false);
  leaveAgain();
  await fourth;
  expect(window.messages).toBe(2);
});

test('lets in up to its bytes; nobody overtakes who waits', async () => {
  const window = new MemoryWindow({ maxMessages: 10, maxBytes: 100 });
  const leave = await window.enter(60, NEVER);
  const large = window.enter(50, NEVER);
  const small = window.enter(10, NEVER);
  expect(await isSettled(small)).toBe(false);
  leave();
  await Promise.all([large, small]);
  expect(window.bytes).toBe(60);
});

test('lets in alone what is larger than all', async () => {
  const window = new MemoryWindow({ maxMessages: 10, maxBytes: 100 });
  const leave = await window.enter(5000, NEVER);
  const next = window.enter(1, NEVER);
  expect(await isSettled(next)).toBe(false);
  leave();
  await next;
});

test('who gives up waiting takes nothing and lets the next in', async () => {
  const window = new MemoryWindow({ maxMessages: 10, maxBytes: 100 });
  await window.enter(60, NEVER);
  const controller = new AbortController();
  const large = window.enter(90, controller.signal);
  const small = window.enter(10, NEVER);
  controller.abort(new Error('left'));
  await expect(large).rejects.toThrow('left');
  await small;
  expect(window.bytes).toBe(70);
});

test('tells when it is empty', async () => {
  const window = new MemoryWindow({ maxMessages: 2, maxBytes: 100 });
  await window.whenEmpty();
  const leave = await window.enter(1, NEVER);
  const empty = window.whenEmpty();
  expect(await isSettled(empty)).toBe(false);
  leave();
  await empty;
});
