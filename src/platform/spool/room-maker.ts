import { blockCount, type Extent } from './blocks.ts';
import type { CaptureRows } from './capture-rows.ts';
import { decodeExtents } from './index-rows.ts';
import type { SpoolStatements } from './schema.ts';
import type { Newcomer, RoomMade } from './thread-protocol.ts';

/** Decides who leaves a full spool: what was never sent before what was, then the lowest quality, then the oldest. */
export class RoomMaker {
  readonly #sql: SpoolStatements;
  readonly #rows: CaptureRows;

  constructor(sql: SpoolStatements, rows: CaptureRows) {
    this.#sql = sql;
    this.#rows = rows;
  }

  /** @param freeBlocks that nobody needs now */
  make(newcomers: readonly Newcomer[], freeBlocks: number, freed: Extent[]): RoomMade['verdicts'] {
    let free = freeBlocks;
    return newcomers.map(({ facts, blocks }) => {
      if (this.#rows.isKnown(facts)) return 'known';
      while (free < blocks) {
        const before = freed.length;
        const outcome = this.#letOneGo(facts.quality, freed);
        if (outcome !== 'gone') return outcome;
        free += blockCount(freed.slice(before));
      }
      free -= blocks;
      return 'fits';
    });
  }

  #letOneGo(quality: number, freed: Extent[]): 'gone' | 'least' | 'none' {
    const least = this.#sql.leastWorth.get();
    // What is refused has its own bound, and goes before a newcomer would be lost for it.
    if (!least) return this.#rows.dropOldestQuarantined(freed) ? 'gone' : 'none';
    if (Number(least.sends) === 0 && quality < Number(least.quality)) return 'least';
    this.#rows.evict(least, 'full', freed);
    return decodeExtents(least.extents).length > 0 ? 'gone' : 'none';
  }
}
