import { describe, expect, it } from 'vitest';
import { decodeForwarderStats } from '../../contract/forwarder-stats.ts';
import type { Issued } from '../pki/register.ts';
import { reportDevice } from './device-report.ts';
import type { DeviceStatus } from './roster.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const counts = { pending: 0, held: 0, stored: 12, refused: 0, evicted: 0, released: 0 };
const WELL = {
  ...{ version: 1, service: 'forwarder', software: 'Sightline 0.1.0', at: ago(5), startedAt: ago(900) },
  ...{ counts, captured: 12, gap: 0, unkept: 0, pendingBytes: 0, oldestArrivedAtMs: null, isDiskFull: false },
  ...{ suspects: 0, oversize: 0, freeBytes: 5e9, certificateEndsAt: ago(-365 * 86_400) },
  cameras: [
    { id: 'door', state: 'up' },
    { id: 'film', state: 'ended' },
    { id: 'yard', state: 'off' },
  ],
};

function report(more: object = {}, status: DeviceStatus | null = 'online', issued?: readonly Issued[]) {
  const stats = decodeForwarderStats(Buffer.from(JSON.stringify({ ...WELL, ...more })));
  const sighting = { ...(status ? { status } : {}), ...(stats ? { stats } : {}) };
  return reportDevice({ name: 'gate-3', sighting, issued, nowMs: NOW });
}

function certificate(more: Partial<Issued> = {}): Issued {
  const dates = { notBefore: ago(86_400), notAfter: ago(-86_400 * 100) };
  return { serial: 'ab12', name: 'gate-3', role: 'device', ...dates, ...more };
}

describe('a device that is well', () => {
  it('has nothing that deserves a look', () => {
    expect(report()).toMatchObject({
      ...{ state: 'online', version: '0.1.0', lagSeconds: 0, lastSeenAt: ago(5), warnings: [] },
      spool: { captures: 0, freeBytes: 5e9 },
      certificate: { endsAt: WELL.certificateEndsAt },
    });
  });

  it('is well also where an older forwarder tells less of it', () => {
    const { version: _, cameras: __, freeBytes: ___, certificateEndsAt: ____, startedAt: _____, ...old } = WELL;
    const stats = decodeForwarderStats(Buffer.from(JSON.stringify(old)));
    const sighting = { status: 'online' as const, ...(stats ? { stats } : {}) };
    expect(reportDevice({ name: 'gate-3', sighting, issued: undefined, nowMs: NOW }).warnings).toEqual([]);
  });
});

describe('what deserves a look', () => {
  it.each<[string, object, RegExp]>([
    ['a full disk', { isDiskFull: true }, /disk is full/],
    ['a ledger with a gap', { gap: 2 }, /do not balance: 2 captures/],
    ['a ledger that is being salvaged', { gap: 'unknown' }, /salvaged/],
    ['evictions of today', { lastEvictedAt: ago(3600) }, /evicted within a day/],
    ['refusals of today', { lastRefusedAt: ago(3600) }, /refused within a day/],
    ['captures that fail alone', { suspects: 3 }, /3 captures are set aside/],
    ['captures that are too large', { oversize: 1 }, /larger than the broker takes/],
    ['a lag', { oldestArrivedAtMs: NOW - 900_000 }, /captures wait there for 15 min/],
    ['silence', { at: ago(3600) }, /told nothing for 60 min/],
    ['a clock ahead', { at: ago(-3600) }, /its clock is ahead by 60 min/],
    ['a clock that is not set', { clockSynced: false }, /not known to be set/],
    ['a certificate that ends', { certificateEndsAt: ago(-86_400 * 29.5) }, /ends in 29 days/],
    ['a certificate that has ended', { certificateEndsAt: ago(60) }, /has expired/],
    ['a detector that is away', { detectorAway: true, cameras: [] }, /face-detector is away/],
    ['a camera', { cameras: [{ id: 'a', state: 'down', reason: 'unplugged' }] }, /camera a is down: unplugged/],
    ['a camera of another', { cameras: [{ id: 'a', state: 'away', device: 'kiosk' }] }, /camera kiosk\/a is away/],
  ])('%s', (_, more, words) => {
    const { warnings } = report(more);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(words);
  });

  it('is not what was evicted long ago', () => {
    expect(report({ lastEvictedAt: ago(2 * 86_400) }).warnings).toEqual([]);
  });

  it('is that a device is away, and not what its cameras were then; its lag goes on', () => {
    const away = report(
      {
        at: ago(7200),
        oldestArrivedAtMs: NOW - 7_260_000,
        cameras: [{ id: 'a', state: 'down' }],
      },
      'offline',
    );
    expect(away.warnings).toEqual(['it has been away for 2 h']);
    expect(away.lagSeconds).toBe(7260);
  });

  it('is a device without a word or without a status', () => {
    expect(report({ service: 'other' }).warnings[0]).toMatch(/tells nothing of itself/);
    expect(report({}, null)).toMatchObject({ state: 'unknown', warnings: [expect.stringMatching(/no status/)] });
  });

  it('is a device that was enrolled and never came, and one whose certificates are all revoked', () => {
    const facts = { name: 'gate-3', sighting: undefined, nowMs: NOW };
    expect(reportDevice({ ...facts, issued: [certificate()] })).toMatchObject({
      state: 'never seen',
      certificate: { endsAt: ago(-86_400 * 100) },
      warnings: [expect.stringMatching(/never here/)],
    });
    const revoked = certificate({ revokedAt: ago(60) });
    expect(report({}, 'online', [revoked]).warnings[0]).toMatch(/revoked, and it is connected/);
    expect(report({}, 'offline', [revoked]).warnings.at(-1)).toMatch(/revoked: `sightline fleet forget gate-3`/);
    expect(report({}, 'online', [revoked, certificate()]).warnings).toEqual([]);
    expect(report({}, 'online', []).warnings).toEqual([]);
  });
});

it('counts a lag by the clock of the device up to its last word', () => {
  const year = 365 * 86_400;
  const skewed = report({ at: ago(-year), oldestArrivedAtMs: NOW + year * 1000 - 60_000 });
  expect(skewed.lagSeconds).toBe(60);
});
