import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, parse } from 'node:path';
import { makeFolder } from '../../platform/make-folder.ts';

export interface LineFileOptions {
  readonly path: string;
  /** A file is closed, and the next begun, before it would grow over this. */
  readonly maxBytes: number;
  /** How many files there may be, the current one among them. */
  readonly maxFiles: number;
  /** Most bytes of lines in memory while the disk is slow. */
  readonly maxPendingBytes: number;
  /** Called once for a series of faults; lines are lost until onRecovered. */
  readonly onFault: (error: unknown) => void;
  readonly onRecovered: () => void;
  readonly onLost: (lines: number) => void;
}

/**
 * A file of lines that is rotated by size: `x.jsonl` is the newest, then `x.1.jsonl`, `x.2.jsonl` … Writing never fails for the caller
 * and never makes it wait: while the disk says no, lines are lost and counted, and each new one is another try.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  #pending: string[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #handle: FileHandle | undefined;
  #size = 0;
  #isFaulty = false;

  constructor(options: LineFileOptions) {
    this.#options = options;
  }

  get isFaulty(): boolean {
    return this.#isFaulty;
  }

  /** @param line without its end. */
  append(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#pendingBytes + bytes > this.#options.maxPendingBytes) {
      this.#options.onLost(1);
      return;
    }
    this.#pending.push(`${line}\n`);
    this.#pendingBytes += bytes;
    this.#writing ??= this.#writeAll();
  }

  /** Writes what is pending and closes the file. */
  async stop(): Promise<void> {
    await this.#writing;
    await this.#close();
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      let lines = 0;
      try {
        await this.#open();
        const text = await this.#takeThatFits();
        lines = text.length;
        await this.#handle?.appendFile(text.join(''));
        this.#size += Buffer.byteLength(text.join(''));
        if (this.#isFaulty) this.#options.onRecovered();
        this.#isFaulty = false;
      } catch (error) {
        await this.#fail(error, lines);
      }
    }
    // In the same turn as the last look at #pending: a line appended later begins anew.
    this.#writing = undefined;
  }

  /** As many lines as the file still has room for; begins the next file when that is none. */
  async #takeThatFits(): Promise<string[]> {
    const { maxBytes } = this.#options;
    if (this.#size > 0 && this.#size + Buffer.byteLength(this.#pending[0] ?? '') > maxBytes) await this.#rotate();
    let size = this.#size;
    let count = 0;
    for (const line of this.#pending) {
      size += Buffer.byteLength(line);
      if (count > 0 && size > maxBytes) break;
      count += 1;
    }
    const taken = this.#pending.splice(0, count);
    this.#pendingBytes -= taken.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    return taken;
  }

  async #open(): Promise<void> {
    if (this.#handle) return;
    const { path } = this.#options;
    makeFolder(dirname(path));
    this.#handle = await open(path, 'a+', 0o640);
    this.#size = (await this.#handle.stat()).size;
    // A line that a crash or a full disk cut off must not swallow the next one.
    const last = Buffer.alloc(1);
    if (this.#size > 0) await this.#handle.read(last, 0, 1, this.#size - 1);
    if (this.#size > 0 && last[0] !== 0x0a) {
      await this.#handle.appendFile('\n');
      this.#size += 1;
    }
  }

  async #rotate(): Promise<void> {
    await this.#close();
    const { maxFiles } = this.#options;
    await rm(this.#name(maxFiles - 1), { force: true });
    for (let index = maxFiles - 2; index >= 0; index -= 1) {
      await rename(this.#name(index), this.#name(index + 1)).catch(ignoreMissing);
    }
    await this.#open();
  }

  #name(index: number): string {
    const { path } = this.#options;
    if (index === 0) return path;
    const { ext } = parse(path);
    return `${path.slice(0, path.length - ext.length)}.${index}${ext}`;
  }

  async #fail(error: unknown, takenLines: number): Promise<void> {
    const { onFault, onLost } = this.#options;
    onLost(takenLines + this.#pending.length);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (!this.#isFaulty) onFault(error);
    this.#isFaulty = true;
    await this.#close();
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
