import { describe, expect, it } from 'vitest';
import { SendWindow } from '../../src/platform/delivery/send-window.ts';
import { runSlowLink } from './slow-link.ts';
import { runCrowd } from './thousand-devices.ts';

/** For a machine that is busy with other things. */
const TIMEOUT = { timeout: 120_000 };
const CROWD = { devices: 1000, capturesEach: 200, processors: 2, perSecond: 400, lostReceipts: 0, seed: 1 };

describe('a thousand devices with 200 captures each that come back at once', () => {
  it.each([
    ['a quick store', { storeMs: 30 }],
    ['a store that takes half a second', { storeMs: 500, capturesEach: 60 }],
    ['a store of whose receipts one of a hundred is lost', { storeMs: 30, lostReceipts: 0.01, capturesEach: 60 }],
  ])('send each capture hardly more than once to %s, and leave the broker a bounded queue', TIMEOUT, (_, changes) => {
    const crowd = { ...CROWD, ...changes };
    const result = runCrowd(crowd);
    expect(result.stored).toBe(1000 * crowd.capturesEach);
    expect(result.sendsPerCapture).toBeLessThan(1.05);
    expect(result.longestQueue).toBeLessThan(6_000);
    expect(result.fairness).toBeGreaterThan(0.8);
    // Nor are the processors ever idle.
    expect(result.seconds).toBeLessThan(1.25 * crowd.capturesEach + 15);
  });

  it('fill the broker where the window counts what the broker acknowledged', TIMEOUT, () => {
    const result = runCrowd({ ...CROWD, capturesEach: 40, storeMs: 30, windowOf: countingAcknowledgements });
    expect(result.longestQueue).toBeGreaterThan(30_000);
  });
});

describe('a link of 256 kbit/s and 600 ms', () => {
  const small = Array.from({ length: 200 }, () => 40_000);
  const mixed = small.map((bytes, index) => (index % 20 === 7 ? 1_000_000 : bytes));

  it.each([
    ['of 40 KB', small, 5_000],
    ['of 40 KB and 1 MB', mixed, 35_000],
  ])('is used, and carries nothing twice, with captures %s', (_, bytes, longestWaitMs) => {
    const result = runSlowLink({ bytesPerSecond: 32_000, roundTripMs: 600, bytes });
    expect([result.settled, result.sends]).toEqual([200, 200]);
    expect(result.utilisation).toBeGreaterThan(0.95);
    // Whatever is urgent, a live capture or a ping, waits for a capture or two, never for a window of them.
    expect(result.longestWaitMs).toBeLessThan(longestWaitMs);
  });

  it('may be four times slower still', () => {
    const result = runSlowLink({ bytesPerSecond: 8_000, roundTripMs: 600, bytes: mixed });
    expect([result.settled, result.sends]).toEqual([200, 200]);
  });
});

/** What rule 7 forbids: what the broker has taken is under way no longer. */
function countingAcknowledgements(now: () => number, random: () => number): SendWindow {
  const window = new SendWindow({ maxCaptures: 64, maxBytes: 4 * 2 ** 20, now, random });
  window.acknowledged = (id) => {
    if (!window.unacknowledged.includes(id)) return;
    window.withdraw(id);
  };
  return window;
}
