import type { Layer } from './layers.ts';
import { motionClusters } from './motion-clusters.ts';
import { Random } from './random.ts';
import { FRAME_HEIGHT, FRAME_WIDTH, type Light, type Scene } from './scene.ts';
import { exposureSeconds } from './shutter.ts';
import type { Canvas, Region } from './sprite.ts';

const FRAME: Region = { left: 0, top: 0, right: FRAME_WIDTH, bottom: FRAME_HEIGHT };
/** Exposures that make one blurred frame: one for every so many pixels of the way, within limits. */
const PIXELS_PER_EXPOSURE = 3;
const MOST_EXPOSURES = 16;
const NOISE_LENGTH = 2 ** 22;

/** Draws the frames of a scene, in any order: each depends on its number alone. */
export class Renderer {
  readonly #scene: Scene;
  readonly #layers: readonly Layer[];
  readonly #background: Canvas;
  readonly #noise: Int8Array;

  constructor(scene: Scene, layers: readonly Layer[], background: Canvas) {
    this.#scene = scene;
    this.#layers = layers;
    this.#background = background;
    const random = new Random(scene.seed);
    this.#noise = Int8Array.from({ length: NOISE_LENGTH }, () => Math.round(random.normal(scene.noise)));
  }

  /** RGB24. */
  frame(index: number): Uint8Array {
    const seconds = index / this.#scene.fps;
    const canvas: Canvas = {
      width: FRAME_WIDTH,
      height: FRAME_HEIGHT,
      data: new Uint8Array(FRAME_WIDTH * FRAME_HEIGHT * 3),
    };
    this.#expose(canvas, seconds, FRAME);
    const open = exposureSeconds(this.#scene);
    const shutter = { from: seconds - open / 2, to: seconds + open / 2 };
    for (const { region, pixels } of motionClusters(this.#layers, shutter, canvas)) {
      const exposures = Math.min(MOST_EXPOSURES, Math.max(2, Math.ceil(pixels / PIXELS_PER_EXPOSURE)));
      const times = Array.from({ length: exposures }, (_, i) => shutter.from + (open * (i + 0.5)) / exposures);
      this.#average(canvas, region, times);
    }
    return this.#finish(canvas.data, index, gainAt(this.#scene.light, seconds));
  }

  /** What a region looks like at one moment. */
  #expose(canvas: Canvas, seconds: number, region: Region): void {
    const length = (region.right - region.left) * 3;
    for (let row = region.top; row < region.bottom; row += 1) {
      const at = (row * FRAME_WIDTH + region.left) * 3;
      canvas.data.set(this.#background.data.subarray(at, at + length), at);
    }
    for (const layer of this.#layers) {
      const appearance = layer.at(seconds);
      appearance?.sprite.draw(canvas, appearance.placement, region);
    }
  }

  /** Light adds up, and levels are about the root of light: squares are averaged. */
  #average(canvas: Canvas, region: Region, times: readonly number[]): void {
    const length = (region.right - region.left) * 3;
    const light = new Uint32Array(length * (region.bottom - region.top));
    for (const seconds of times) {
      this.#expose(canvas, seconds, region);
      eachRow(region, length, (at, to) => {
        for (let i = 0; i < length; i += 1) {
          const level = canvas.data[at + i] as number;
          light[to + i] = (light[to + i] as number) + level * level;
        }
      });
    }
    eachRow(region, length, (at, to) => {
      for (let i = 0; i < length; i += 1)
        canvas.data[at + i] = Math.sqrt((light[to + i] as number) / times.length) + 0.5;
    });
  }

  #finish(data: Uint8Array, index: number, gain: number): Uint8Array {
    const finished = new Uint8ClampedArray(data.buffer);
    const levels = Float32Array.from({ length: 256 }, (_, level) => level * gain);
    const noise = this.#noise;
    let from = new Random(this.#scene.seed * 100_003 + index).below(NOISE_LENGTH);
    for (let at = 0; at < finished.length; at += 1) {
      finished[at] = (levels[finished[at] as number] as number) + (noise[from] as number);
      from = from + 1 === NOISE_LENGTH ? 0 : from + 1;
    }
    return data;
  }
}

function eachRow(
  { top, bottom, left }: Region,
  length: number,
  visit: (inFrame: number, inRegion: number) => void,
): void {
  for (let row = top; row < bottom; row += 1) visit((row * FRAME_WIDTH + left) * 3, (row - top) * length);
}

function gainAt(light: readonly Light[] = [], seconds: number): number {
  const next = light.findIndex(({ at }) => at > seconds);
  const from = next < 0 ? light.at(-1) : light[next - 1];
  const to = next < 0 ? undefined : light[next];
  if (!from) return to?.gain ?? 1;
  if (!to) return from.gain;
  return from.gain + ((to.gain - from.gain) * (seconds - from.at)) / (to.at - from.at);
}
