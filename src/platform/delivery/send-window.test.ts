import { describe, expect, it } from 'vitest';
import { SendWindow } from './send-window.ts';

function setUp(options = {}) {
  const clock = { ms: 0 };
  const window = new SendWindow({ maxCaptures: 64, maxBytes: 4096, now: () => clock.ms, random: () => 1, ...options });
  return { clock, window };
}

/** Sends, and has the broker take it at once. */
const send = (window: SendWindow, ...ids: string[]) => {
  for (const id of ids) {
    window.sent(id, 10, true);
    window.acknowledged(id);
  }
};

describe('SendWindow', () => {
  it('starts at 4 and grows by one for each window of receipts', () => {
    const { window } = setUp();
    send(window, 'a', 'b', 'c', 'd');
    expect(window.canSend(10)).toBe(false);
    for (const id of ['a', 'b', 'c', 'd']) window.receipted(id);
    expect(window.limit).toBe(4);
    send(window, 'e');
    window.receipted('e');
    expect(window.limit).toBe(5);
  });

  it('never exceeds its bounds of captures and bytes, but lets a single large capture go', () => {
    const { window } = setUp({ maxCaptures: 2, maxBytes: 25 });
    expect(window.canSend(1_000_000)).toBe(true);
    send(window, 'a');
    expect(window.canSend(16)).toBe(false);
    expect(window.canSend(15)).toBe(true);
    send(window, 'b');
    expect(window.canSend(1)).toBe(false);
  });

  it('halves when a receipt is late, and gives the late capture back', () => {
    const { window, clock } = setUp();
    send(window, 'a', 'b');
    clock.ms = 100;
    window.receipted('a');
    clock.ms = 2_000;
    expect(window.takeLate()).toEqual(['b']);
    expect(window.limit).toBe(2);
    expect(window.outstanding).toBe(0);
  });

  it('sends single probes, ever more rarely, while nobody answers; one receipt opens it again', () => {
    const { window, clock } = setUp();
    send(window, 'a', 'b', 'c');
    clock.ms = 5_000;
    expect(window.takeLate()).toEqual(['a', 'b', 'c']);
    expect(window.isProbing).toBe(true);
    expect(window.canSend(10)).toBe(false);
    clock.ms = 6_000;
    expect(window.canSend(10)).toBe(true);
    send(window, 'a');
    expect(window.canSend(10)).toBe(false);
    clock.ms = 16_000;
    expect(window.takeLate()).toEqual(['a']);
    expect(window.nextChangeMs).toBe(2_000);
    expect(window.unansweredProbes).toBe(2);
    window.receipted('a');
    expect(window.isProbing).toBe(false);
    expect(window.canSend(10)).toBe(true);
  });

  it('takes what was under way together for one loss: 30 captures, one after the other, are not waited for ever longer', () => {
    const { window, clock } = setUp({ maxCaptures: 64 });
    for (let count = 0; count < 1000; count += 1) {
      send(window, 'x');
      window.receipted('x');
    }
    const lostAtMs = clock.ms;
    for (let count = 0; count < 30; count += 1) {
      send(window, `lost-${count}`);
      clock.ms += 100;
    }
    const taken: string[] = [];
    while (window.outstanding > 0) {
      clock.ms += window.nextChangeMs;
      taken.push(...window.takeLate());
    }
    expect(taken).toHaveLength(30);
    expect(clock.ms - lostAtMs).toBeLessThanOrEqual(2_900 + 2_000 + 1);
    expect([window.isProbing, window.unansweredProbes]).toEqual([true, 1]);
    clock.ms += window.nextChangeMs;
    expect(window.canSend(10)).toBe(true);
  });

  it('forgets all that was under way when the connection is cut, and sends one alone until somebody answers', () => {
    const { window } = setUp();
    send(window, 'a', 'b');
    expect(window.takeAll()).toEqual(['a', 'b']);
    expect(window.outstanding).toBe(0);
    expect(window.canSend(4096)).toBe(true);
    send(window, 'a');
    expect(window.canSend(10)).toBe(false);
    window.receipted('a');
    expect([window.canSend(10), window.limit]).toEqual([true, 4]);
  });

  it('waits longer each time when connection after connection is cut by what was sent', () => {
    const { window, clock } = setUp();
    const waits: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      clock.ms += window.nextChangeMs === Number.POSITIVE_INFINITY ? 0 : window.nextChangeMs;
      expect(window.canSend(10)).toBe(true);
      window.sent('a', 10, false);
      clock.ms += 50;
      window.takeAll();
      waits.push(window.nextChangeMs);
    }
    expect(waits).toEqual([Number.POSITIVE_INFINITY, 1_000, 2_000, 4_000]);
  });

  it('does not wait for the receipt of what the broker has not taken yet: a slow link may need minutes', () => {
    const { window, clock } = setUp({ maxBytes: 1e7 });
    window.sent('small', 32_000, true);
    clock.ms = 1_000;
    window.acknowledged('small');
    window.receipted('small');
    window.sent('large', 2_000_000, true);
    clock.ms += 63_000;
    expect(window.takeLate()).toEqual([]);
    window.acknowledged('large');
    clock.ms += 1_999;
    expect(window.takeLate()).toEqual([]);
    clock.ms += 1;
    expect(window.takeLate()).toEqual(['large']);
  });

  it('gives up what the broker does not take in four times the measured time', () => {
    const { window, clock } = setUp({ maxBytes: 1e7 });
    window.sent('small', 32_000, true);
    clock.ms = 1_000;
    window.receipted('small');
    window.sent('large', 320_000, true);
    clock.ms += 40_000 + 1_999;
    expect(window.takeLate()).toEqual([]);
    clock.ms += 1;
    expect(window.takeLate()).toEqual(['large']);
  });

  it('puts no more behind what takes seconds to be written, but always one', () => {
    const { window, clock } = setUp({ maxBytes: 1e7 });
    window.sent('a', 40_000, true);
    expect(window.canSend(40_000)).toBe(true);
    window.sent('b', 40_000, true);
    expect(window.canSend(40_000)).toBe(false);
    clock.ms = 1_250;
    window.acknowledged('a');
    clock.ms = 2_500;
    window.acknowledged('b');
    expect(window.canSend(40_000)).toBe(true);
    window.sent('c', 40_000, true);
    window.sent('d', 1_000_000, true);
    expect(window.canSend(40_000)).toBe(false);
  });

  it('grows no further once receipts take longer than the way, and on when the way itself became longer', () => {
    const { window, clock } = setUp();
    const round = (ms: number, count: number) => {
      for (let index = 0; index < count; index += 1) {
        send(window, 'x');
        clock.ms += ms;
        window.receipted('x');
      }
    };
    round(20, 30);
    round(800, 8);
    const { limit } = window;
    round(800, 40);
    expect(window.limit).toBe(limit);
    round(800, 60);
    expect(window.limit).toBeGreaterThan(limit);
  });

  it('measures by a receipt that came late: with a store that takes a minute nothing else would ever be measured', () => {
    const { window, clock } = setUp();
    send(window, 'a');
    clock.ms = 5_000;
    window.takeLate();
    clock.ms = 40_000;
    expect(window.receipted('a')).toBe(false);
    send(window, 'b');
    clock.ms = 80_000;
    expect(window.takeLate()).toEqual([]);
  });

  it('passes over a receipt for what is not under way', () => {
    const { window } = setUp();
    expect(window.receipted('unknown')).toBe(false);
  });
});
