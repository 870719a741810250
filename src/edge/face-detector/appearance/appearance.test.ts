import { describe, expect, it } from 'vitest';
import type { RgbPicture } from '../picture/picture.ts';
import { APPEARANCE_PARTS, appearanceOf } from './appearance.ts';

type Colour = readonly [number, number, number];
interface Person {
  readonly hair: Colour;
  readonly skin: Colour;
  readonly clothes: Colour;
}

const ANNA: Person = { hair: [40, 25, 15], skin: [225, 180, 150], clothes: [30, 60, 150] };
const BELA: Person = { hair: [120, 90, 50], skin: [140, 95, 70], clothes: [190, 40, 40] };
const BOX = { x: 100, y: 100, width: 80, height: 100 };

/** A person painted around a face's box, some light brighter. */
function painted({ hair, skin, clothes }: Person, { light = 1, shift = 0 } = {}): RgbPicture {
  const [width, height] = [320, 400];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = y < BOX.y + 15 ? hair : y < BOX.y + 110 ? skin : clothes;
      const grain = ((x * 7 + y * 13) % 11) - 5;
      data.set(
        colour.map((value) => Math.max(0, Math.min(255, value * light + grain))),
        (y * width + ((x + shift) % width)) * 3,
      );
    }
  }
  return { width, height, data };
}

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
const lengths = (look: Float32Array) =>
  Array.from({ length: APPEARANCE_PARTS }, (_, part) =>
    Math.hypot(
      ...look.subarray((part * look.length) / APPEARANCE_PARTS, ((part + 1) * look.length) / APPEARANCE_PARTS),
    ),
  );

describe('appearanceOf', () => {
  it('gives parts of length 1 that are nearer for one person than for two', () => {
    const anna = appearanceOf(painted(ANNA), BOX);
    for (const length of lengths(anna)) expect(length).toBeCloseTo(1, 5);
    const again = appearanceOf(painted(ANNA, { light: 1.05, shift: 6 }), { ...BOX, x: BOX.x + 3 });
    expect(cosine(anna, again)).toBeGreaterThan(0.95);
    expect(cosine(anna, appearanceOf(painted(BELA), BOX))).toBeLessThan(0.6);
  });

  it('leaves out what the frame does not show', () => {
    expect(lengths(appearanceOf(painted(ANNA), { ...BOX, y: 330 })).map(Math.round)).toEqual([1, 1, 0]);
    expect(lengths(appearanceOf(painted(ANNA), { ...BOX, y: 3000 }))).toEqual([0, 0, 0]);
  });
});
