import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import type { SpoolStatus } from '../../platform/spool/protocol.ts';
import { SOFTWARE } from '../../platform/version.ts';
import { CameraBoard } from './camera-board.ts';
import { DeviceStatsTeller, newsOf } from './device-stats.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function setUp() {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const certificate = join(path, 'tls.crt');
  writeFileSync(certificate, 'half a certifi');
  const counts = { pending: 0, held: 0, stored: 9, refused: 2, evicted: 1, released: 0 };
  const status = {
    ...{ counts, captured: 12, gap: 0 as SpoolStatus['gap'], unkept: 0, pendingBytes: 0, quarantineBytes: 30 },
    ...{ usedBytes: 4096, oldestArrivedAtMs: null as number | null, lastSeq: 12, isDiskFull: false },
  };
  const board = new CameraBoard({ prefix: 'faces', device: 'gate', software: SOFTWARE });
  const more = { board, suspects: () => 0, oversize: () => 0, now: () => NOW };
  const teller = new DeviceStatsTeller({ ...more, spoolPath: path, certificate, status: () => status });
  teller.start();
  const tell = (channel: string, payload: object | string) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    board.receive({ topic: `faces/gate/${channel}`, payload: Buffer.from(text), retain: false });
  };
  return { teller, status, tell, path, certificate };
}

it('dates what was evicted and refused since the start, and nothing before it', async () => {
  const { teller, status } = setUp();
  const before = await teller.tell();
  expect(before).toMatchObject({ version: 1, startedAt: NOW.toISOString(), captured: 12 });
  expect(before).not.toHaveProperty('lastEvictedAt');
  status.counts.evicted += 1;
  const after = await teller.tell();
  expect(after).toMatchObject({ lastEvictedAt: NOW.toISOString() });
  expect(after).not.toHaveProperty('lastRefusedAt');
});

it('says nothing of a certificate that it can not read, and of a clock and detectors that are well', async () => {
  const { teller, tell } = setUp();
  const well = await teller.tell();
  for (const key of ['certificateEndsAt', 'clockSynced', 'detectorAway']) expect(well).not.toHaveProperty(key);
  tell('status', 'offline');
  expect(await teller.tell()).toMatchObject({ detectorAway: true });
  tell('stats', { service: 'face-detector', clockSynced: false, cameras: [] });
  expect(await teller.tell()).toMatchObject({ clockSynced: false });
});

it('tells the end of the certificate that is there now', async () => {
  const { teller, path, certificate } = setUp();
  const { clientCert } = makeCertificates(path);
  copyFileSync(clientCert, certificate);
  const { validToDate } = new X509Certificate(readFileSync(clientCert));
  expect(await teller.tell()).toMatchObject({ certificateEndsAt: validToDate.toISOString() });
});

it('has news where somebody would act on it, not with each capture', async () => {
  const { teller, status, tell } = setUp();
  const news = async () => JSON.stringify(newsOf(await teller.tell(), NOW.getTime()));
  const quiet = await news();
  status.captured += 1;
  status.counts.stored += 1;
  status.counts.pending += 3;
  status.oldestArrivedAtMs = NOW.getTime() - 1_000;
  expect(await news()).toBe(quiet);
  status.oldestArrivedAtMs = NOW.getTime() - 61_000;
  expect(await news()).not.toBe(quiet);
  status.oldestArrivedAtMs = null;
  expect(await news()).toBe(quiet);
  tell('stats', {
    service: 'face-detector',
    cameras: [{ id: 'door', state: 'stalled', reason: 'No picture for 12 s' }],
  });
  const down = await news();
  expect(down).not.toBe(quiet);
  tell('stats', {
    service: 'face-detector',
    cameras: [{ id: 'door', state: 'stalled', reason: 'No picture for 22 s' }],
  });
  expect(await news()).toBe(down);
});
