import type { Canvas, Raster, Region } from './sprite.ts';

/** A raster as light: for each pixel red, green and blue as squares of levels, multiplied by opacity, and opacity 0–1. */
export interface Lit {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly light: Float32Array;
}

/** Light adds up, and levels are about its square root. */
export function litOf({ data, ...place }: Raster): Lit {
  const light = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const opacity = (data[at + 3] as number) / 255;
    if (opacity === 0) continue;
    light[at] = (data[at] as number) ** 2 / opacity;
    light[at + 1] = (data[at + 1] as number) ** 2 / opacity;
    light[at + 2] = (data[at + 2] as number) ** 2 / opacity;
    light[at + 3] = opacity;
  }
  return { ...place, light };
}

/** Moves by whole pixels: from `fromX` to `toX` across, one by one, all of them `y` down. */
export interface Run {
  readonly fromX: number;
  readonly toX: number;
  readonly y: number;
}

/** The fewest runs that hold each of these moves, as often as it is there. */
export function runsOf(moves: readonly (readonly [x: number, y: number])[]): Run[] {
  const runs: { fromX: number; toX: number; y: number }[] = [];
  for (const [x, y] of moves.toSorted((a, b) => a[1] - b[1] || a[0] - b[0])) {
    const run = runs.find((open) => open.y === y && open.toX === x - 1);
    if (run) run.toX = x;
    else runs.push({ fromX: x, toX: x, y });
  }
  return runs;
}

/** Adds up exposures of one thing, and puts their mean over a canvas. */
export class LightSum {
  readonly #region: Region;
  readonly #sum: Float32Array;

  /** @param region of the canvas; what is added outside of it is left out. */
  constructor(region: Region) {
    this.#region = region;
    const { left, top, right, bottom } = region;
    this.#sum = new Float32Array(Math.max(0, right - left) * Math.max(0, bottom - top) * 4);
  }

  /** Adds exposures that differ by one pixel across each, in one go however many they are. */
  add({ left, top, width, height, light }: Lit, { fromX, toX, y }: Run): void {
    const region = this.#region;
    const firstRow = Math.max(region.top, top + y);
    const lastRow = Math.min(region.bottom, top + y + height);
    const regionWidth = region.right - region.left;
    for (let row = firstRow; row < lastRow; row += 1) {
      const source = (row - top - y) * width;
      const target = (row - region.top) * regionWidth;
      // Sums over a window that moves along: what comes in is added, what goes out is taken away.
      let [red, green, blue, opacity] = [0, 0, 0, 0];
      for (let column = left + fromX; column < Math.min(region.right, left + width + toX); column += 1) {
        const comes = column - left - fromX;
        if (comes < width) {
          const at = (source + comes) * 4;
          red += light[at] as number;
          green += light[at + 1] as number;
          blue += light[at + 2] as number;
          opacity += light[at + 3] as number;
        }
        const goes = column - left - toX - 1;
        if (goes >= 0) {
          const at = (source + goes) * 4;
          red -= light[at] as number;
          green -= light[at + 1] as number;
          blue -= light[at + 2] as number;
          opacity -= light[at + 3] as number;
        }
        if (column < region.left) continue;
        const at = (target + column - region.left) * 4;
        const sum = this.#sum;
        sum[at] = (sum[at] as number) + red;
        sum[at + 1] = (sum[at + 1] as number) + green;
        sum[at + 2] = (sum[at + 2] as number) + blue;
        sum[at + 3] = (sum[at + 3] as number) + opacity;
      }
    }
  }

  /** @param count of the exposures, of which some may have added nothing. */
  cover(canvas: Canvas, count: number): void {
    const { left, top, right, bottom } = this.#region;
    for (let row = top, at = 0; row < bottom; row += 1) {
      let to = (row * canvas.width + left) * 3;
      for (let column = left; column < right; column += 1, at += 4, to += 3) {
        const opacity = (this.#sum[at + 3] as number) / count;
        // The moving sums leave rounding errors where there is nothing.
        if (opacity < 1e-4) continue;
        for (let channel = 0; channel < 3; channel += 1) {
          const behind = (canvas.data[to + channel] as number) ** 2 * (1 - opacity);
          canvas.data[to + channel] = Math.min(
            255,
            Math.sqrt((this.#sum[at + channel] as number) / count + behind) + 0.5,
          );
        }
      }
    }
  }
}
