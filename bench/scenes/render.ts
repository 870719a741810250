import { Random } from '../../test/support/random.ts';
import type { Layer } from './layers.ts';
import { FRAME_HEIGHT, FRAME_WIDTH, type Light, type Scene } from './scene.ts';
import { exposureSeconds } from './shutter.ts';
import { drawSmeared, travel } from './smear.ts';
import type { Canvas } from './sprite.ts';

const NOISE_LENGTH = 2 ** 22;
/** Less blur can't be seen. */
const LEAST_TRAVEL_PIXELS = 0.25;

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
    const open = exposureSeconds(this.#scene);
    const shutter = { from: seconds - open / 2, to: seconds + open / 2 };
    const canvas: Canvas = { width: FRAME_WIDTH, height: FRAME_HEIGHT, data: new Uint8Array(this.#background.data) };
    for (const layer of this.#layers) {
      const appearance = layer.at(seconds);
      if (!appearance) continue;
      if (travel(layer, shutter) < LEAST_TRAVEL_PIXELS) appearance.sprite.draw(canvas, appearance.placement);
      else drawSmeared(canvas, layer, shutter);
    }
    return this.#finish(canvas.data, index, gainAt(this.#scene.light, seconds));
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

function gainAt(light: readonly Light[] = [], seconds: number): number {
  const next = light.findIndex(({ at }) => at > seconds);
  const from = next < 0 ? light.at(-1) : light[next - 1];
  const to = next < 0 ? undefined : light[next];
  if (!from) return to?.gain ?? 1;
  if (!to) return from.gain;
  return from.gain + ((to.gain - from.gain) * (seconds - from.at)) / (to.at - from.at);
}
