import { type FileHandle, open } from 'node:fs/promises';
import { BLOCK_BYTES, type Extent } from './blocks.ts';

export const BODIES_FILE = 'bodies';

/** One capture's bytes on their way to disk. */
export interface BodyRecord {
  readonly extents: readonly Extent[];
  /** Written one after the other; the rest of the last block is padded. */
  readonly parts: readonly Buffer[];
}

interface Write {
  readonly position: number;
  readonly buffers: Buffer[];
  bytes: number;
}

/** A system call takes at most so many buffers (IOV_MAX). */
const MAX_BUFFERS = 1_000;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
const ERASE_BLOCKS = 256;

/** A file of blocks. Whoever writes decides where; nothing is durable before sync(). */
export class BodyFile {
  readonly #handle: FileHandle;
  #blocks: number;

  private constructor(handle: FileHandle, blocks: number) {
    this.#handle = handle;
    this.#blocks = blocks;
  }

  /** Opens the file or makes it, for its owner alone. */
  static async open(path: string): Promise<BodyFile> {
    const handle = await open(path, 'a+', 0o600).then(async (created) => {
      // Opened for appending only to make it: Linux would append every write, whatever its position.
      await created.close();
      return open(path, 'r+');
    });
    const { size } = await handle.stat();
    return new BodyFile(handle, Math.floor(size / BLOCK_BYTES));
  }

  get blocks(): number {
    return this.#blocks;
  }

  /** Records that lie one behind the other go in one call. */
  async write(records: readonly BodyRecord[]): Promise<void> {
    const writes: Write[] = [];
    for (const record of records) {
      for (const { position, buffers, bytes } of writesOf(record)) {
        const last = writes.at(-1);
        if (last && last.position + last.bytes === position && last.buffers.length + buffers.length <= MAX_BUFFERS) {
          last.buffers.push(...buffers);
          last.bytes += bytes;
        } else writes.push({ position, buffers: [...buffers], bytes });
      }
    }
    for (const write of writes) await this.#write(write);
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  /** Reads so many bytes, `skip` bytes into these blocks. What lies beyond the end of the file is missing from the result. */
  async read(extents: readonly Extent[], skip: number, bytes: number): Promise<Buffer> {
    const body = Buffer.allocUnsafe(bytes);
    let filled = 0;
    let at = 0;
    for (const [first, count] of extents) {
      const length = count * BLOCK_BYTES;
      const from = Math.max(0, skip - at);
      const wanted = Math.min(length - from, bytes - filled);
      if (wanted > 0) {
        const { bytesRead } = await this.#handle.read(body, filled, wanted, first * BLOCK_BYTES + from);
        filled += bytesRead;
        if (bytesRead < wanted) break;
      }
      at += length;
    }
    return body.subarray(0, filled);
  }

  /** Overwrites blocks with zeros and syncs. */
  async erase(extents: readonly Extent[]): Promise<void> {
    for (const [first, count] of extents) {
      for (let at = first; at < first + count; at += ERASE_BLOCKS) {
        const blocks = Math.min(ERASE_BLOCKS, first + count - at);
        const bytes = blocks * BLOCK_BYTES;
        await this.#write({ position: at * BLOCK_BYTES, buffers: Array<Buffer>(blocks).fill(ZEROS), bytes });
      }
    }
    await this.sync();
  }

  async truncate(blocks: number): Promise<void> {
    await this.#handle.truncate(blocks * BLOCK_BYTES);
    this.#blocks = blocks;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #write({ position, buffers, bytes }: Write): Promise<void> {
    let rest = buffers;
    let written = 0;
    while (written < bytes) {
      const { bytesWritten } = await this.#handle.writev(rest, position + written);
      written += bytesWritten;
      rest = without(rest, bytesWritten);
    }
    this.#blocks = Math.max(this.#blocks, Math.ceil((position + bytes) / BLOCK_BYTES));
  }
}

function* writesOf({ extents, parts }: BodyRecord): Iterable<Write> {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const [only] = extents;
  if (only && extents.length === 1) {
    const padding = ZEROS.subarray(0, only[1] * BLOCK_BYTES - bytes);
    yield { position: only[0] * BLOCK_BYTES, buffers: [...parts, padding], bytes: only[1] * BLOCK_BYTES };
    return;
  }
  const whole = Buffer.concat(parts);
  let at = 0;
  for (const [first, count] of extents) {
    const piece = whole.subarray(at, at + count * BLOCK_BYTES);
    const padding = ZEROS.subarray(0, count * BLOCK_BYTES - piece.length);
    yield { position: first * BLOCK_BYTES, buffers: [piece, padding], bytes: count * BLOCK_BYTES };
    at += count * BLOCK_BYTES;
  }
}

/** What is left of the buffers once so many bytes are written: a call may write fewer than it was given. */
function without(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
