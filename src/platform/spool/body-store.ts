import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../sightline-error.ts';
import { BLOCK_BYTES, BlockMap, blocksFor, type Extent } from './blocks.ts';
import { BODIES_FILE, BodyFile } from './body-file.ts';
import { encodeRecordHead } from './body-record.ts';
import type { CaptureFacts, SpoolSettings } from './protocol.ts';
import type { Place } from './thread-protocol.ts';

/** Always there, whatever the disk says: what flows through a spool must flow while another program has filled the disk. */
const RESERVE_BLOCKS = 2_048;
const GROW_BLOCKS = 1_024;
/** So many free blocks at the end of the file are worth giving back. */
const SHRINK_BLOCKS = 16_384;
/** Having heard that the disk is full, the file does not try to grow for so long. */
const FULL_MS = 5_000;

/** A body that is to be written, and what stands before it. */
export class Body {
  readonly facts: CaptureFacts;
  readonly head: Buffer;
  readonly bytes: Buffer;
  readonly blocks: number;

  constructor(facts: CaptureFacts, bytes: Buffer) {
    this.facts = facts;
    this.head = encodeRecordHead(facts);
    this.bytes = bytes;
    this.blocks = blocksFor(this.head.length + bytes.length);
  }
}

/** The bodies of a spool: where they lie, and how much room there is. What is in it is for the index to say. */
export class BodyStore {
  readonly #settings: SpoolSettings;
  readonly #file: BodyFile;
  readonly #map: BlockMap;
  readonly #maxBlocks: number;
  /** Blocks below this one stay as they are until a salvage has ended: they may hold captures that no row names yet. */
  #heldBlocks = 0;
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #isBelowMinFree = false;
  #exclusive: Promise<void> = Promise.resolve();

  private constructor(settings: SpoolSettings, file: BodyFile, map: BlockMap) {
    this.#settings = settings;
    this.#file = file;
    this.#map = map;
    this.#maxBlocks = Math.max(1, Math.floor(settings.maxBytes / BLOCK_BYTES));
  }

  /**
   * @param taken First block and count of every body, in turn.
   * @param holdsAll Nothing of what is there may be overwritten yet.
   */
  static async open(settings: SpoolSettings, taken: Uint32Array, holdsAll: boolean): Promise<BodyStore> {
    const file = await BodyFile.open(join(settings.folder, BODIES_FILE));
    const map = new BlockMap(file.blocks);
    map.take(pairs(taken));
    const store = new BodyStore(settings, file, map);
    if (holdsAll) store.hold();
    await store.#fillReserve();
    return store;
  }

  get usedBytes(): number {
    return this.#map.used * BLOCK_BYTES;
  }

  get isDiskFull(): boolean {
    return this.#isBelowMinFree || performance.now() - this.#fullAtMs < FULL_MS;
  }

  /** Can a capture of so many blocks ever be held here? */
  couldHold(blocks: number): boolean {
    return blocks <= this.#maxBlocks;
  }

  /** Blocks that can be taken right now, as far as they are asked for; the file may grow for them, down to minFreeBytes of disk. */
  async room(blocks: number): Promise<number> {
    // While blocks are held nothing that is evicted frees any: what flows through has a reserve of its own.
    const most =
      this.#heldBlocks === 0 ? this.#maxBlocks : Math.max(this.#maxBlocks, this.#heldBlocks) + RESERVE_BLOCKS;
    const allowed = Math.max(0, most - this.#map.used);
    const missing = Math.min(blocks, allowed) - this.#map.free;
    if (missing > 0) await this.#grow(missing);
    return Math.min(allowed, this.#map.free);
  }

  /** One at a time: where blocks are given out, written and cut off. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#exclusive;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exclusive = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }

  /**
   * Writes bodies and syncs them. There must be room.
   * @throws the disk's error; then none of them is kept.
   */
  async write(bodies: readonly Body[]): Promise<Place[]> {
    const places: Place[] = [];
    try {
      for (const { head, blocks } of bodies) {
        const extents = this.#map.allocate(blocks);
        if (!extents) throw new Error('Expected room for a body, got none');
        places.push({ extents, headBytes: head.length });
      }
      const parts = bodies.map(({ head, bytes }) => [head, bytes]);
      await this.#file.write(places.map(({ extents }, index) => ({ extents, parts: parts[index] ?? [] })));
      await this.#file.sync();
      return places;
    } catch (error) {
      for (const { extents } of places) this.#map.release(extents);
      if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemErrorCode(error) ?? '')) {
        this.#fullAtMs = performance.now();
        this.#map.shrink(this.#file.blocks);
      }
      throw error;
    }
  }

  async read({ extents, headBytes }: Place, bytes: number): Promise<Buffer> {
    return this.#file.read(extents, headBytes, bytes);
  }

  /** No row on disk needs these any longer. */
  release(extents: readonly Extent[]): void {
    this.#map.release(this.#heldBlocks === 0 ? extents : extents.filter(([first]) => first >= this.#heldBlocks));
  }

  /** How many blocks, from the first, are held for a salvage. */
  get heldBlocks(): number {
    return this.#heldBlocks;
  }

  /** A salvage has ended: of the blocks held for it these are needed, the rest is free. */
  endHold(taken: Uint32Array): void {
    const needed = pairs(taken);
    this.#map.release([[0, this.#heldBlocks]]);
    this.#map.take(needed);
    this.#heldBlocks = 0;
  }

  /** What an operator drops must be gone, not just forgotten. */
  async overwrite(extents: readonly Extent[]): Promise<void> {
    await this.#file.erase(extents);
  }

  /** Gives disk back once a backlog has gone, and looks how much there is. */
  async tidy(): Promise<void> {
    await this.exclusively(() => this.#shrink());
    this.#isBelowMinFree = (await this.#spareBlocks()) <= 0;
  }

  /** From now on nothing of what is there is overwritten, also what no row names. */
  hold(): void {
    this.#heldBlocks = Math.max(this.#file.blocks, this.#map.capacity);
    this.#map.take([[0, this.#heldBlocks]]);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #shrink(): Promise<void> {
    if (this.#map.free < SHRINK_BLOCKS || this.#heldBlocks > 0) return;
    const before = this.#map.capacity;
    const capacity = this.#map.shrink(RESERVE_BLOCKS);
    if (before - capacity >= SHRINK_BLOCKS) await this.#file.truncate(capacity);
    else this.#map.grow(before - capacity);
  }

  async #grow(missing: number): Promise<void> {
    if (performance.now() - this.#fullAtMs < FULL_MS) return;
    const spare = await this.#spareBlocks();
    // Evicting frees no disk, only blocks: another program's growth must not empty the spool.
    this.#isBelowMinFree = spare < missing;
    if (spare > 0) this.#map.grow(Math.min(spare, Math.max(missing, GROW_BLOCKS)));
  }

  async #spareBlocks(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#settings.folder);
    return Math.floor((bavail * bsize - this.#settings.minFreeBytes) / BLOCK_BYTES);
  }

  /** Blocks that were written once are the file's: they can be written again on a disk without any space. */
  async #fillReserve(): Promise<void> {
    const blocks = Math.min(RESERVE_BLOCKS, this.#maxBlocks);
    if (this.#file.blocks >= blocks) return;
    const from = this.#file.blocks;
    try {
      await this.#file.erase([[from, blocks - from]]);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOSPC') throw error;
      this.#fullAtMs = performance.now();
    }
    this.#map.grow(Math.max(0, this.#file.blocks - this.#map.capacity));
  }
}

function pairs(flat: Uint32Array): Extent[] {
  return Array.from({ length: flat.length >>> 1 }, (_, index) => [flat[2 * index] ?? 0, flat[2 * index + 1] ?? 0]);
}
