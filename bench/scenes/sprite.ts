import sharp from 'sharp';

/** RGB24 pixels that are drawn on; rows without padding. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Whole pixels; `right` and `bottom` are the first outside. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A picture with soft edges at a place: where its anchor is on the canvas, and pixels of the canvas for one of its own. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Pixels of a sprite where they lie on a canvas: RGBA, colours multiplied by alpha. */
export interface Raster {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

interface Level {
  readonly width: number;
  readonly height: number;
  /** RGBA, colours multiplied by alpha. */
  readonly data: Uint8Array;
}

/** Each level is so much smaller than the one before: halved, linear sampling would already miss pixels. */
const LEVEL_STEP = Math.SQRT2;
const SMALLEST_LEVEL_PIXELS = 16;

/** A picture with soft edges, that can be drawn at any size and place. */
export class Sprite {
  readonly #levels: readonly Level[];
  readonly #anchor: { readonly x: number; readonly y: number };

  private constructor(levels: readonly Level[], anchor: { x: number; y: number }) {
    this.#levels = levels;
    this.#anchor = anchor;
  }

  /** @param rgba 4 bytes a pixel, colours not multiplied by alpha. @param anchor the point that placements name, in its pixels. */
  static async make(
    { width, height, rgba }: { width: number; height: number; rgba: Uint8Array },
    anchor: { x: number; y: number },
  ): Promise<Sprite> {
    const levels: Level[] = [];
    for (let scale = 1; Math.min(width, height) * scale >= SMALLEST_LEVEL_PIXELS; scale /= LEVEL_STEP) {
      const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
      const scaled = sharp(rgba, { raw: { width, height, channels: 4 } }).resize({ ...size, fit: 'fill' });
      levels.push({ ...size, data: multiplyByAlpha(await scaled.raw().toBuffer()) });
    }
    return new Sprite(levels, anchor);
  }

  /** How far it hides what is behind it at a point of the canvas: 0–1. */
  opacityAt({ x, y, scale }: Placement, canvasX: number, canvasY: number): number {
    const { width, height, data } = this.#levels[0] as Level;
    const ownX = Math.floor((canvasX - x) / scale + this.#anchor.x);
    const ownY = Math.floor((canvasY - y) / scale + this.#anchor.y);
    if (ownX < 0 || ownY < 0 || ownX >= width || ownY >= height) return 0;
    return (data[(ownY * width + ownX) * 4 + 3] as number) / 255;
  }

  /** Where it lies at a place: pixels of the canvas, also beyond its borders. */
  bounds({ x, y, scale }: Placement): Region {
    const { width, height } = this.#levels[0] as Level;
    return {
      left: Math.floor(x - this.#anchor.x * scale),
      top: Math.floor(y - this.#anchor.y * scale),
      right: Math.ceil(x + (width - this.#anchor.x) * scale),
      bottom: Math.ceil(y + (height - this.#anchor.y) * scale),
    };
  }

  /** Its pixels at a place, as far as they lie in `clip`; undefined where none do. */
  raster(placement: Placement, clip: Region): Raster | undefined {
    const { left, top, right, bottom } = intersection(this.bounds(placement), clip);
    if (left >= right || top >= bottom) return undefined;
    const full = this.#levels[0] as Level;
    const originX = placement.x - this.#anchor.x * placement.scale;
    const originY = placement.y - this.#anchor.y * placement.scale;
    const wanted = Math.floor(-Math.log(placement.scale) / Math.log(LEVEL_STEP) + 1e-6);
    const level = this.#levels[Math.min(Math.max(0, wanted), this.#levels.length - 1)] as Level;
    const stepX = level.width / (full.width * placement.scale);
    const stepY = level.height / (full.height * placement.scale);
    const columns = samples(left, right, { origin: originX, step: stepX, length: level.width });
    const rows = samples(top, bottom, { origin: originY, step: stepY, length: level.height });
    return { left, top, width: right - left, height: bottom - top, data: interpolated(level, columns, rows) };
  }

  /** Draws the part that lies on the canvas. */
  draw(canvas: Canvas, placement: Placement): void {
    const raster = this.raster(placement, { left: 0, top: 0, right: canvas.width, bottom: canvas.height });
    if (!raster) return;
    const { left, top, width, height, data } = raster;
    for (let row = 0; row < height; row += 1) {
      let from = row * width * 4;
      let to = ((top + row) * canvas.width + left) * 3;
      for (let column = 0; column < width; column += 1, from += 4, to += 3) {
        const alpha = data[from + 3] as number;
        if (alpha === 0) continue;
        const behind = (255 - alpha) / 255;
        for (let channel = 0; channel < 3; channel += 1) {
          canvas.data[to + channel] =
            (data[from + channel] as number) + Math.round((canvas.data[to + channel] as number) * behind);
        }
      }
    }
  }
}

export function intersection(a: Region, b: Region): Region {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

interface Samples {
  /** For each pixel of the canvas the two nearest of the picture, and how much of 256 the second counts. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Int32Array;
}

function samples(
  from: number,
  to: number,
  { origin, step, length }: { origin: number; step: number; length: number },
): Samples {
  const count = to - from;
  const found = { first: new Int32Array(count), second: new Int32Array(count), weight: new Int32Array(count) };
  for (let i = 0; i < count; i += 1) {
    const at = Math.min(Math.max(0, (from + i + 0.5 - origin) * step - 0.5), length - 1);
    const first = Math.floor(at);
    found.first[i] = first;
    found.second[i] = Math.min(first + 1, length - 1);
    found.weight[i] = Math.round((at - first) * 256);
  }
  return found;
}

function interpolated(level: Level, columns: Samples, rows: Samples): Uint8Array {
  const from = level.data;
  const [width, height] = [columns.first.length, rows.first.length];
  const data = new Uint8Array(width * height * 4);
  for (let row = 0, to = 0; row < height; row += 1) {
    const upper = (rows.first[row] as number) * level.width;
    const lower = (rows.second[row] as number) * level.width;
    const down = rows.weight[row] as number;
    for (let column = 0; column < width; column += 1, to += 4) {
      const [first, second] = [columns.first[column] as number, columns.second[column] as number];
      const a = (upper + first) * 4;
      const b = (upper + second) * 4;
      const d = (lower + first) * 4;
      const e = (lower + second) * 4;
      const across = columns.weight[column] as number;
      const we = across * down;
      const wd = (down << 8) - we;
      const wb = (across << 8) - we;
      const wa = 65_536 - wb - wd - we;
      const alpha = weigh(from, a + 3, b + 3, d + 3, e + 3, wa, wb, wd, we);
      if (alpha === 0) continue;
      data[to] = weigh(from, a, b, d, e, wa, wb, wd, we);
      data[to + 1] = weigh(from, a + 1, b + 1, d + 1, e + 1, wa, wb, wd, we);
      data[to + 2] = weigh(from, a + 2, b + 2, d + 2, e + 2, wa, wb, wd, we);
      data[to + 3] = alpha;
    }
  }
  return data;
}

/** Mean of four levels with weights that add up to 65,536, in whole numbers: this is where nearly all time goes. */
function weigh(
  levels: Uint8Array,
  a: number,
  b: number,
  d: number,
  e: number,
  wa: number,
  wb: number,
  wd: number,
  we: number,
): number {
  const sum =
    (levels[a] as number) * wa + (levels[b] as number) * wb + (levels[d] as number) * wd + (levels[e] as number) * we;
  return (sum + 32_768) >> 16;
}

function multiplyByAlpha(rgba: Buffer): Uint8Array {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = (rgba[at + 3] as number) / 255;
    for (let channel = 0; channel < 3; channel += 1) {
      rgba[at + channel] = Math.round((rgba[at + channel] as number) * alpha);
    }
  }
  return rgba;
}
