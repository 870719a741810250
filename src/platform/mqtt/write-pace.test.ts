import { expect, it } from 'vitest';
import { WritePace } from './write-pace.ts';

it('takes a line that was never measured for 64 kbit/s, and later for what it was', () => {
  const pace = new WritePace();
  expect(pace.longestMs).toBe(0);
  pace.sent(80_000);
  expect(pace.longestMs).toBe(2 * 10_000);
  pace.acknowledged(80_000, 1_000, 1_100);
  expect(pace.longestMs).toBe(2 * 100);
  pace.sent(40_000);
  expect(pace.longestMs).toBe(2 * 100);
});

it('counts from the acknowledgement before, and learns nothing of small packets', () => {
  const pace = new WritePace();
  for (let each = 0; each < 4; each += 1) pace.sent(20_000);
  pace.acknowledged(20_000, 0, 1_000);
  // All four were sent at once: the fourth waited for three.
  pace.acknowledged(20_000, 0, 2_000);
  pace.acknowledged(100, 0, 9_000);
  expect(pace.longestMs).toBe(2 * 1_000);
  pace.sent(32 * 2 ** 20);
  expect(pace.longestMs).toBe(300_000);
});
