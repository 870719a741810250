/** Bodies lie in blocks of this size: a page of the disk's cache, so that a block is never read to be written. */
export const BLOCK_BYTES = 4_096;

/** A run of blocks: the first one's number, and how many. */
export type Extent = readonly [first: number, count: number];

const BITS = 32;
const FULL = 0xffff_ffff;
/** A search through more gaps than this takes the small ones that it has found. */
const MAX_GAPS = 4_096;

export function blocksFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES);
}

export function blockCount(extents: readonly Extent[]): number {
  return extents.reduce((sum, [, count]) => sum + count, 0);
}

/** Which blocks of a file are taken: one bit each, in memory; the index on disk says the same. */
export class BlockMap {
  #words = new Uint32Array(64);
  #capacity: number;
  #used = 0;
  /** No block below is free. */
  #lowest = 0;

  constructor(capacity: number) {
    this.#capacity = 0;
    this.grow(capacity);
  }

  get capacity(): number {
    return this.#capacity;
  }

  get used(): number {
    return this.#used;
  }

  get free(): number {
    return this.#capacity - this.#used;
  }

  grow(blocks: number): void {
    this.#capacity += blocks;
    const words = Math.ceil(this.#capacity / BITS);
    if (words <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(words, 2 * this.#words.length));
    larger.set(this.#words);
    this.#words = larger;
  }

  /** Gives up the free blocks at the end, down to so many in all. Returns the new capacity. */
  shrink(toAtLeast: number): number {
    while (this.#capacity > toAtLeast && !this.#isTaken(this.#capacity - 1)) this.#capacity -= 1;
    this.#lowest = Math.min(this.#lowest, this.#capacity);
    return this.#capacity;
  }

  /** These are taken already, as the index says. Blocks that are taken twice stay taken. */
  take(extents: readonly Extent[]): void {
    for (const [first, count] of extents) {
      const end = first + count;
      if (end > this.#capacity) this.grow(end - this.#capacity);
      for (let block = first; block < end; block += 1) {
        if (!this.#isTaken(block)) this.#used += 1;
        this.#set(block);
      }
    }
  }

  /** So many blocks, in one run where there is one, the lowest first; undefined when fewer are free. */
  allocate(count: number): Extent[] | undefined {
    if (count > this.free) return undefined;
    const pieces: Extent[] = [];
    let missing = count;
    let gaps = 0;
    for (let at = this.#nextFree(this.#lowest); at < this.#capacity; at = this.#nextFree(at)) {
      if (gaps === 0) this.#lowest = at;
      const end = this.#endOfGap(at, at + count);
      if (end - at === count) return this.#taken([[at, count]]);
      if (missing > 0) pieces.push([at, Math.min(missing, end - at)]);
      missing -= Math.min(missing, end - at);
      gaps += 1;
      if (missing === 0 && gaps > MAX_GAPS) break;
      at = end;
    }
    return this.#taken(pieces);
  }

  release(extents: readonly Extent[]): void {
    for (const [first, count] of extents) {
      for (let block = first; block < first + count; block += 1) {
        if (!this.#isTaken(block)) continue;
        this.#words[block >>> 5] = (this.#words[block >>> 5] ?? 0) & ~(1 << (block & 31));
        this.#used -= 1;
      }
      this.#lowest = Math.min(this.#lowest, first);
    }
  }

  #taken(extents: Extent[]): Extent[] {
    this.take(extents);
    return extents;
  }

  /** The first free block from here on, or the capacity. */
  #nextFree(from: number): number {
    let block = from;
    while (block < this.#capacity) {
      if ((block & 31) === 0 && this.#words[block >>> 5] === FULL) block += BITS;
      else if (this.#isTaken(block)) block += 1;
      else return block;
    }
    return this.#capacity;
  }

  #endOfGap(from: number, limit: number): number {
    let end = from;
    while (end < Math.min(limit, this.#capacity) && !this.#isTaken(end)) end += 1;
    return end;
  }

  #isTaken(block: number): boolean {
    return ((this.#words[block >>> 5] ?? 0) & (1 << (block & 31))) !== 0;
  }

  #set(block: number): void {
    this.#words[block >>> 5] = (this.#words[block >>> 5] ?? 0) | (1 << (block & 31));
  }
}
