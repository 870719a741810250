import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

let mounts: boolean | undefined;
const mounted = new Set<string>();
// A run that is broken off must leave nothing mounted; whoever still has files open keeps them until it ends.
process.once('exit', () => {
  for (const path of mounted) run('umount', '--lazy', path);
});

/** Undefined where this user may mount file systems; else why not, for people. */
export function missingMounts(): string | undefined {
  mounts ??= tryToMount();
  return mounts ? undefined : 'mounting a small file system needs root (sudo npm run faults)';
}

export const LIBFAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

export function missingFaketime(): string | undefined {
  return LIBFAKETIME === undefined ? 'faketime is not here: sudo apt-get install faketime' : undefined;
}

/** Another clock for a process: `+8d`, `-1d`, `@1970-01-01 00:00:10`; timers go on as ever. */
export function otherClock(clock: string): Readonly<Record<string, string>> {
  return { LD_PRELOAD: LIBFAKETIME ?? '', FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1', TZ: 'UTC' };
}

/** A file system in memory, of so many bytes, that can be full. */
export class MemoryDisk {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  mount(bytes: number): void {
    mkdirSync(this.path, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'sightline-test', this.path);
    mounted.add(this.path);
  }

  resize(bytes: number): void {
    run('mount', '-o', `remount,size=${bytes}`, this.path);
  }

  async unmount(): Promise<void> {
    await unmount(this.path);
  }
}

/**
 * A disk whose power can be cut: ext4 in a file (a loop device). What was synced is in the file, what was only written is in
 * memory; so the file, copied while whoever writes stands still, is what a power cut leaves. A disk's own cache that lies about
 * flushes is not shown by it.
 */
export class PowerCutDisk {
  readonly path: string;
  readonly #image: string;

  /** @param folder where the image is, outside of what is mounted */
  constructor(path: string, folder: string) {
    this.path = path;
    this.#image = join(folder, 'disk.img');
  }

  mount(bytes: number): void {
    mkdirSync(this.path, { recursive: true });
    run('truncate', '-s', String(bytes), this.#image);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
  }

  /** The disk as it is at this instant. Whoever writes to it must stand still. */
  freezeFrame(): void {
    copyFileSync(this.#image, `${this.#image}.cut`);
  }

  /** The disk comes back as it was at the last freezeFrame. Nobody may have files open on it. */
  async comeBack(): Promise<void> {
    await unmount(this.path);
    renameSync(`${this.#image}.cut`, this.#image);
    this.#mount();
  }

  async unmount(): Promise<void> {
    await unmount(this.path);
  }

  #mount(): void {
    // Long intervals: nothing comes to the disk by itself but what is synced.
    run('mount', '-o', 'loop,commit=300', this.#image, this.path);
    mounted.add(this.path);
  }
}

function tryToMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'sightline-mount-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'sightline-test', folder);
    run('umount', folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A process that has just been killed may still be letting go. */
async function unmount(path: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      run('umount', path);
      mounted.delete(path);
      return;
    } catch (error) {
      if (attempt > 50) throw error;
      await sleep(100);
    }
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
