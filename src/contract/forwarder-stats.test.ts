import { expect, it } from 'vitest';
import { type CameraReport, decodeForwarderStats, fitStats, MAX_STATS_BYTES } from './forwarder-stats.ts';

const AT = '2026-11-21T17:06:50.334Z';
const read = (stats: unknown) => decodeForwarderStats(Buffer.from(JSON.stringify(stats)));
const told = (more: object) => read({ service: 'forwarder', at: AT, ...more });

it('reads what forwarders told before stats had a version', () => {
  const counts = { pending: 2, held: 0, stored: 12, refused: 1, evicted: 0, released: 0 };
  const old = { at: AT, service: 'forwarder', software: 'Sightline 0.1.0', counts, captured: 15, gap: 0, unkept: 0 };
  const spool = { pendingBytes: 20, quarantineBytes: 0, usedBytes: 4096, oldestArrivedAtMs: null, lastSeq: 15 };
  expect(read({ ...old, ...spool, isDiskFull: false, suspects: 0, oversize: 0 })).toMatchObject({
    ...old,
    oldestArrivedAtMs: null,
    suspects: 0,
  });
});

it.each([
  ['no JSON', Buffer.from('{')],
  ['no object', Buffer.from('7')],
  ["a detector's", Buffer.from(JSON.stringify({ service: 'face-detector', at: AT }))],
  ['no instant', Buffer.from(JSON.stringify({ service: 'forwarder', at: 'yesterday' }))],
  ['far too large', Buffer.from(JSON.stringify({ service: 'forwarder', at: AT, more: 'x'.repeat(70_000) }))],
  ['nested deeply', Buffer.from(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
])('passes over what is none: %s', (_, payload) => {
  expect(decodeForwarderStats(payload)).toBeUndefined();
});

it('passes over unknown keys, and one strange value hides nothing of the rest', () => {
  expect(
    told({ version: 9, later: [1], gap: -1, captured: 1e300, suspects: -3, freeBytes: 'much', isDiskFull: true }),
  ).toEqual({ service: 'forwarder', at: AT, version: 9, gap: -1, isDiskFull: true });
});

it('makes texts harmless for a terminal', () => {
  const cameras = [{ id: 'door', state: 'melting', reason: '\u001b[2J\u202egone\nnow', software: 'x'.repeat(500) }];
  expect(told({ software: '\u0007Sight\u009bline\u0000', cameras })).toMatchObject({
    software: 'Sight line',
    cameras: [{ id: 'door', state: 'down', reason: '[2J gone now', software: `${'x'.repeat(59)}…` }],
  });
  expect(told({ cameras: [{ id: '../etc', state: 'up' }] })?.cameras).toBeUndefined();
});

it('leaves out cameras that do not fit, the well ones first', () => {
  const reason = 'No picture came from the camera for a long while';
  const cameras = Array.from({ length: 200 }, (_, index): CameraReport => {
    const id = `camera-${index}`;
    return index % 10 === 9 ? { id, state: 'down', reason } : { id, state: 'up' };
  });
  const fitted = fitStats({ service: 'forwarder', cameras }, 32);
  expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(MAX_STATS_BYTES - 32);
  expect(fitted.cameras.filter(({ state }) => state === 'down')).toHaveLength(20);
  expect(fitted.cameras.length + (fitted.camerasLeftOut ?? 0)).toBe(200);
  expect(fitted.cameras.map(({ id }) => Number(id.slice(7)))).toEqual(
    fitted.cameras.map(({ id }) => Number(id.slice(7))).toSorted((one, other) => one - other),
  );
});

it('leaves out none where all fit', () => {
  const stats = { cameras: [{ id: 'door', state: 'up' as const }] };
  expect(fitStats(stats)).toBe(stats);
});
