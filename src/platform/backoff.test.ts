import { describe, expect, it } from 'vitest';
import { Backoff, pause } from './backoff.ts';

describe('Backoff', () => {
  it('doubles its bound up to the largest, and begins anew after a reset', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(() => Math.round(backoff.next()))).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(backoff.attempts).toBe(6);
    backoff.reset();
    expect(Math.round(backoff.next())).toBe(100);
  });

  it('spreads over the whole bound, but never spins', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 100 });
    const waits = Array.from({ length: 500 }, () => backoff.next());
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10);
    expect(Math.min(...waits)).toBeLessThan(20);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    expect(Math.max(...waits)).toBeGreaterThan(90);
  });

  it('stays finite after thousands of attempts', () => {
    const backoff = new Backoff({ firstMs: 1, maxMs: 5000, random: () => 1 });
    for (let attempt = 0; attempt < 5000; attempt += 1) backoff.next();
    expect(backoff.next()).toBe(5000);
  });
});

describe('pause', () => {
  it('ends early, without an error, when its signal is aborted', async () => {
    const controller = new AbortController();
    const startedAt = performance.now();
    setTimeout(() => controller.abort(), 20);
    await pause(10_000, controller.signal);
    await pause(10_000, controller.signal);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('waits its time', async () => {
    const startedAt = performance.now();
    await pause(50);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(48);
  });
});
