import { mkdirSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, isRunning } from '../support/child-processes.ts';
import { ffmpeg } from '../support/clips.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { requirePart } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { addressesOf, balanceOf, SightlineProcess, sightline } from '../support/sightline.ts';
import { keysBelow } from '../support/stored-files.ts';

const ONCE = ['up', '--once', '--pace', 'max'];

describe('a signal to `up`', () => {
  const folder = temporaryFolder();
  const cwds = join(folder.path, 'cwds');
  beforeAll(async () => {
    mkdirSync(cwds);
    await makePhotos(join(folder.path, 'photos'), 3);
  });
  afterAll(folder.remove);
  const scratch = () => mkdtempSync(join(cwds, 'cwd-'));
  const photos = ['--source', '../../photos', '--mode', 'every'];

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: over in time, exit code 0, all ports closed, all faces stored',
    async (signal) => {
      const cwd = scratch();
      const up = new SightlineProcess(['up', '--source', 'sample', '--mode', 'every'], { cwd });
      const urls = Object.values(await addressesOf(up));
      await up.says(/(stored {2}[\s\S]*){3}/);
      const startedAtMs = performance.now();
      const { code, stdout, stderr } = await up.stop(signal);
      expect(performance.now() - startedAtMs).toBeLessThan(10_000);
      expect([code, stderr]).toEqual([0, '']);
      const [, captured, stored] = stdout.match(/Stopped: (\d+) captured, (\d+) stored\.\n$/) ?? [];
      expect(Number(captured)).toBeGreaterThanOrEqual(3);
      expect(stored).toBe(captured);
      expect(keysBelow(join(cwd, 'faces'))).toHaveLength(Number(stored));
      for (const url of urls) expect(await isOpen(Number(new URL(url).port))).toBe(false);
    },
  );

  it('--once with a camera that never ends: SIGINT ends it with the line of JSON', async () => {
    const cwd = scratch();
    const up = new SightlineProcess(['up', '--once', '--source', 'sample', '--mode', 'every'], { cwd });
    await up.says(/stored {2}/);
    const result = await up.stop('SIGINT');
    const { captured, stored, pending } = balanceOf(result);
    expect([result.code, stored, pending]).toEqual([0, captured, 0]);
    expect(keysBelow(join(cwd, 'faces'))).toHaveLength(stored);
  });

  it('away from the cloud: what was captured is kept, exit code 5; the next run stores it', async () => {
    const cwd = scratch();
    const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
    const up = new SightlineProcess([...ONCE, ...photos, '--cloud-broker', nowhere], { cwd });
    const { health } = await addressesOf(up);
    await eventually(
      () => pendingIn(health),
      (pending) => pending >= 6,
    );
    const result = await up.stop('SIGINT');
    const before = balanceOf(result);
    expect([result.code, before.frames, before.stored, before.pending]).toEqual([5, 3, 0, before.captured]);
    const next = await sightline({ cwd }, ...ONCE, ...photos);
    const after = balanceOf(next);
    expect([next.code, after.captured, after.pending]).toEqual([0, 2 * before.captured, 0]);
    expect(after.stored).toBe(after.captured);
    expect(keysBelow(join(cwd, 'faces'))).toHaveLength(after.stored);
  });

  it('a second SIGINT ends it at once with 130, one that is its echo does not; nothing kept is lost by it', async () => {
    const cwd = scratch();
    const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
    const up = new SightlineProcess(['up', ...photos, '--pace', 'max', '--cloud-broker', nowhere], { cwd });
    const { health } = await addressesOf(up);
    const kept = await eventually(
      () => pendingIn(health),
      (pending) => pending >= 6,
    );
    up.signal('SIGINT');
    await sleep(100);
    up.signal('SIGINT');
    await sleep(600);
    expect(isRunning(up.pid)).toBe(true);
    const startedAtMs = performance.now();
    expect((await up.stop('SIGINT')).code).toBe(130);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    const after = balanceOf(await sightline({ cwd }, ...ONCE, ...photos));
    expect([after.captured, after.stored]).toEqual([2 * kept, 2 * kept]);
  });

  const hasFfmpeg = requirePart('ffmpeg');
  it.skipIf(!hasFfmpeg.present).each([
    ['SIGTERM', 0],
    ['SIGKILL', undefined],
  ] as const)(`%s while ffmpeg plays a film: it does not stay behind ${hasFfmpeg.reason}`, async (signal, code) => {
    const cwd = scratch();
    const still = join(folder.path, 'photos/photo-1.jpg');
    await ffmpeg('-loop', '1', '-i', still, '-r', '10', '-t', '60', '-vf', 'scale=320:-2', join(cwd, 'film.mp4'));
    const up = new SightlineProcess(['up', '--source', 'film.mp4', '--mode', 'every'], { cwd });
    const [player] = await eventually(
      () => childrenOf(up.pid).filter(({ command }) => command === 'ffmpeg'),
      (found) => found.length > 0,
    );
    await up.says(/stored {2}/);
    expect((await up.stop(signal)).code).toBe(code);
    await eventually(
      () => isRunning(player?.pid ?? 0),
      (running) => !running,
      3_000,
    );
  });
});

/** Once the camera has ended: how many captures the spool holds. -1 before. */
async function pendingIn(health: string): Promise<number> {
  const { checks } = (await (await fetch(`${health}/readyz`)).json()) as { checks: { detail?: string }[] };
  if (!checks.some(({ detail }) => detail === 'ended')) return -1;
  const text = await (await fetch(`${health}/metrics`)).text();
  if (!/^sightline_outbox_captures 0$/m.test(text)) return -1;
  return Number(text.match(/^sightline_spool_captures (\d+)$/m)?.[1] ?? -1);
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
