import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

const admitted = (fps: number | undefined, timesMs: number[]) => {
  const limit = new RateLimit(fps);
  return timesMs.filter((ms) => limit.admits(ms)).length;
};

describe('RateLimit', () => {
  it.each([
    [15, 10],
    [30, 10],
    [25, 24],
    [10, 10],
  ])('of %i frames a second lets %i through on average', (from, to) => {
    const times = [...Array(from * 10).keys()].map((n) => (n * 1000) / from);
    expect(Math.abs(admitted(to, times) - to * 10)).toBeLessThanOrEqual(1);
  });

  it('does not make up for a pause with a burst', () => {
    expect(admitted(10, [0, 5000, 5010, 5020, 5030])).toBe(2);
  });

  it('without a limit lets all through', () => {
    expect(admitted(undefined, [0, 0, 1])).toBe(3);
  });
});
