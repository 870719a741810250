import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { MemoryDisk, missingMounts, otherClock, PowerCutDisk } from './small-disks.ts';

const noMounts = missingMounts();

describe.skipIf(noMounts !== undefined)(`disks of a test's own ${noMounts ?? ''}`, () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('a power cut takes what was not synced, and nothing else', async () => {
    const disk = new PowerCutDisk(join(folder.path, 'disk'), folder.path);
    disk.mount(32 * 2 ** 20);
    try {
      const file = (name: string) => join(disk.path, name);
      // As a keeper should, and as one that acknowledges before the sync.
      writeFileSync(file('synced'), 'kept', { flush: true });
      execFileSync('sync', [disk.path]);
      writeFileSync(file('only-written'), 'lost');
      expect(existsSync(file('only-written'))).toBe(true);
      disk.freezeFrame();
      await disk.comeBack();
      expect([existsSync(file('synced')), existsSync(file('only-written'))]).toEqual([true, false]);
    } finally {
      await disk.unmount();
    }
  });

  it('a small disk is full, and has room again', async () => {
    const disk = new MemoryDisk(join(folder.path, 'small'));
    disk.mount(2 ** 20);
    try {
      expect(() => writeFileSync(join(disk.path, 'large'), Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
      disk.resize(2 ** 23);
      writeFileSync(join(disk.path, 'large'), Buffer.alloc(2 ** 21));
      expect(statfsSync(disk.path).blocks * statfsSync(disk.path).bsize).toBe(2 ** 23);
    } finally {
      await disk.unmount();
    }
  });
});

const clock = requirePart('faketime');

it.skipIf(!clock.present)(`a process has another clock, and its timers go on ${clock.reason}`, () => {
  const script =
    'const begin = performance.now(); setTimeout(() => console.log(Date.now(), performance.now() - begin), 50)';
  const output = execFileSync(process.execPath, ['--eval', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...otherClock('+8d') },
  });
  const [now = 0, waitedMs = 0] = output.trim().split(' ').map(Number);
  expect(now - Date.now()).toBeGreaterThan(7.9 * 86_400_000);
  expect(waitedMs).toBeLessThan(20_000);
});
