import type { RegionConfig } from '../../../platform/config/camera.ts';
import type { Picture } from '../picture/picture.ts';
import { watchedCells } from '../regions/regions.ts';
import { type LumaGrid, lumaGrid } from './luma-grid.ts';

/** A cell whose mean luma moved by less may have moved by noise. */
const LEAST_DIFFERENCE = 5;
/** How far above the picture's own noise a difference counts. */
const NOISE_FACTOR = 7;
/** A difference as large counts, whatever the noise: where all of a picture flickers, looking in vain is better than looking never. */
const CERTAIN_DIFFERENCE = 16;
/** So many cells must differ: noise in single ones is no person. */
const LEAST_CELLS = 2;
/** Share of the newest frame in the running estimate of noise. */
const NOISE_RENEWAL = 0.1;

/**
 * Tells frames in which something changed since a frame that was looked at from those in which nothing did, by the mean luma of small cells.
 * What changes slowly adds up, because the comparison is with the frame last looked at and not with the one before.
 */
export class ChangeDetector {
  readonly #regions: readonly RegionConfig[] | undefined;
  #watched: Uint8Array = new Uint8Array();
  #leastCells = LEAST_CELLS;
  #looked: LumaGrid | undefined;
  #last: LumaGrid | undefined;
  #noise = 0;

  /** @param regions where movement matters; none: everywhere. */
  constructor(regions?: readonly RegionConfig[]) {
    this.#regions = regions;
  }

  /** Has anything changed since the frame last looked at? To be asked once for each frame. */
  see(picture: Picture): boolean {
    const grid = lumaGrid(picture);
    const last = this.#last;
    this.#last = grid;
    if (!last || !isAlike(last, grid)) {
      this.#looked = undefined;
      this.#watched = watchedCells(this.#regions, grid.columns, grid.rows);
      const watched = this.#watched.reduce((sum, cell) => sum + cell, 0);
      this.#leastCells = Math.max(1, Math.min(LEAST_CELLS, watched));
      return true;
    }
    const difference = Math.min(CERTAIN_DIFFERENCE, Math.max(LEAST_DIFFERENCE, NOISE_FACTOR * this.#noise));
    this.#noise += NOISE_RENEWAL * (medianDifference(last, grid) - this.#noise);
    return this.#looked === undefined || this.#countChanged(this.#looked, grid, difference) >= this.#leastCells;
  }

  /** The frame seen last is being looked at. */
  looked(): void {
    this.#looked = this.#last;
  }

  /** The next frame has nothing to do with the last. */
  reset(): void {
    this.#last = undefined;
  }

  #countChanged(a: LumaGrid, b: LumaGrid, difference: number): number {
    let count = 0;
    for (let i = 0; i < b.means.length; i += 1) {
      if (Math.abs((a.means[i] as number) - (b.means[i] as number)) > difference && this.#watched[i]) count += 1;
    }
    return count;
  }
}

function isAlike(a: LumaGrid, b: LumaGrid): boolean {
  return a.columns === b.columns && a.rows === b.rows;
}

/** Of every seventh cell: most of a picture stands still, so the median is noise even when people move in it. */
function medianDifference(a: LumaGrid, b: LumaGrid): number {
  const count = Math.ceil(b.means.length / 7);
  const differences = Float32Array.from({ length: count }, (_, i) =>
    Math.abs((a.means[i * 7] as number) - (b.means[i * 7] as number)),
  );
  return differences.sort()[count >> 1] ?? 0;
}
