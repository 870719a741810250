import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { link, open, readdir, readFile, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../../contract/sha256.ts';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import { killPoint } from '../../../platform/kill-points.ts';
import { makeFolder } from '../../../platform/make-folder.ts';
import { SightlineError, systemErrorCode } from '../../../platform/sightline-error.ts';
import { withDeadline } from './deadline.ts';
import { DurableFolders, syncFolder } from './durable-folders.ts';
import { folderFault } from './folder-fault.ts';
import { checkKey, checkTestKey } from './key.ts';
import type { ObjectFacts, PutResult, Store } from './store.ts';
import { StoreConflictError, StoreError } from './store-error.ts';

const PUT_TIMEOUT_MS = 30_000;
/** No put lasts so long: a temporary file of this age was left by a process that died. */
const LEFTOVER_AGE_MS = 3_600_000;
const LEFTOVER = /^[0-9a-f-]{36}\.part$/;

/**
 * Objects as files below a folder. Written to a temporary file, synced, then linked under its name, which fails when there is
 * one (link(2)): a name never shows half an object, and the first bytes stay.
 */
export class FolderStore implements Store {
  readonly address: string;
  readonly #root: string;
  readonly #temporary: string;
  readonly #folders: DurableFolders;
  #device: number | undefined;

  /** @param root Absolute path; made at start when it isn't there. */
  constructor(root: string) {
    this.#root = root;
    this.address = root;
    this.#temporary = join(root, '.sightline-incoming');
    this.#folders = new DurableFolders(root);
  }

  /** @throws SightlineError when it can't be written, or has no hard links. */
  async start(): Promise<void> {
    try {
      await this.probe();
    } catch (cause) {
      const { message } = folderFault(this.#root, cause);
      throw new SightlineError(message, {
        hint: 'Name a folder that this user may write to, on a disk with hard links (not FAT or exFAT), with store.url or --store.',
        exitCode: EXIT_CODES.environment,
        cause,
      });
    }
    await this.#removeLeftovers();
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await withDeadline(PUT_TIMEOUT_MS, () => this.#probe(), signal).catch((error: unknown) =>
      this.#fail(error, signal),
    );
  }

  async put(key: string, bytes: Buffer, { sha256 }: ObjectFacts, signal?: AbortSignal): Promise<PutResult> {
    checkKey(key);
    return withDeadline(PUT_TIMEOUT_MS, (deadline) => this.#put(key, bytes, sha256, deadline), signal).catch(
      (error: unknown) => this.#fail(error, signal),
    );
  }

  async read(key: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    checkKey(key);
    const reading = (deadline: AbortSignal) => readFile(join(this.#root, key), { signal: deadline }).catch(ifAbsent);
    return withDeadline(PUT_TIMEOUT_MS, reading, signal).catch((error: unknown) => this.#fail(error, signal));
  }

  async removeTest(key: string, signal?: AbortSignal): Promise<void> {
    checkTestKey(key);
    const removing = () => this.#removeTest(join(this.#root, key));
    await withDeadline(PUT_TIMEOUT_MS, removing, signal).catch((error: unknown) => this.#fail(error, signal));
  }

  async stop(): Promise<void> {}

  async #put(key: string, bytes: Buffer, sha256: string, signal: AbortSignal): Promise<PutResult> {
    const target = join(this.#root, key);
    const folder = dirname(target);
    const temporary = this.#temporaryFile();
    try {
      await writeSynced(temporary, bytes);
      killPoint('store/after-temporary');
      await this.#folders.ensure(folder);
      signal.throwIfAborted();
      const isCreated = await linkIfAbsent(temporary, target);
      killPoint('store/after-link');
      if (!isCreated && !(await holdsSame(target, bytes.length, sha256))) throw new StoreConflictError(key);
      await this.#folders.sync(folder);
      return isCreated ? 'created' : 'exists';
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') await this.#prepare();
      throw error;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }

  /** Its folders go too while nothing else is in them: they are below `doctor/`, where no face ever lies. */
  async #removeTest(path: string): Promise<void> {
    await unlink(path).catch(ifAbsent);
    for (let folder = dirname(path); folder !== this.#root; folder = dirname(folder)) {
      if (
        !(await rmdir(folder).then(
          () => true,
          () => false,
        ))
      )
        break;
    }
    this.#folders.forget();
  }

  async #probe(): Promise<void> {
    await this.#prepare();
    const [first, second] = [this.#temporaryFile(), this.#temporaryFile()];
    try {
      await writeSynced(first, Buffer.from('sightline'));
      await linkIfAbsent(first, second);
      if (await linkIfAbsent(first, second))
        throw new StoreError('Expected link(2) to refuse a name that exists', 'link');
      await syncFolder(this.#temporary);
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
      throw new StoreError(
        `Expected a file system with hard links at ${this.#root}, got one without (${code})`,
        'no-hard-links',
        { cause: error },
      );
    } finally {
      for (const path of [first, second]) await unlink(path).catch(() => undefined);
    }
  }

  /** The root and the folder for temporary files are there; also after somebody removed them while we run. */
  async #prepare(): Promise<void> {
    this.#folders.forget();
    const made = makeFolder(this.#temporary);
    // All that was made up to the root's own folder must survive a power cut too.
    if (made) for (let at = this.#temporary; at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
    const { dev } = await stat(this.#root);
    this.#device ??= dev;
    if (dev !== this.#device) {
      throw new StoreError(
        `Expected ${this.#root} on the file system of the start, got another: is its disk unmounted?`,
        'unmounted',
      );
    }
  }

  async #removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.#temporary)) {
      const path = join(this.#temporary, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (LEFTOVER.test(name) && Date.now() - mtimeMs > LEFTOVER_AGE_MS) await unlink(path).catch(() => undefined);
    }
  }

  #temporaryFile(): string {
    return join(this.#temporary, `${randomUUID()}.part`);
  }

  #fail(error: unknown, signal: AbortSignal | undefined): never {
    if (error instanceof StoreConflictError || signal?.aborted) throw error;
    throw folderFault(this.#root, error);
  }
}

/** What is not there is no fault. */
function ifAbsent(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    killPoint('store/during-temporary', () => writeSync(handle.fd, bytes, 0, bytes.length >> 1));
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** False when something has the name already. */
async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Compares, and syncs the file: nobody knows who put it there. */
async function holdsSame(path: string, bytes: number, sha256: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const there = await handle.stat();
    if (!there.isFile()) throw new StoreError(`Expected a file at ${path}, got something else`, 'not-a-file');
    if (there.size !== bytes) return false;
    if (sha256Hex(await handle.readFile()) !== sha256) return false;
    await handle.sync();
    return true;
  } finally {
    await handle.close();
  }
}
