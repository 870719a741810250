import { describe, expect, it } from 'vitest';
import { yuvColour } from '../picture/yuv-to-rgb.ts';
import { ChangeDetector } from './change-detector.ts';

const WIDTH = 1280;
const HEIGHT = 720;

interface Patch {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly luma: number;
}

/** A grey room with noise that is another in each frame, and something in it. */
function frame(
  seed: number,
  { noise = 3, patch, light = 120 }: { noise?: number; patch?: Patch; light?: number } = {},
) {
  const data = new Uint8Array(WIDTH * HEIGHT * 1.5).fill(128);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < WIDTH * HEIGHT; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = light + ((state >>> 24) / 255 - 0.5) * 3.46 * noise;
  }
  if (patch) {
    for (let y = patch.y; y < patch.y + patch.side; y += 1) {
      data.fill(patch.luma, y * WIDTH + patch.x, y * WIDTH + patch.x + patch.side);
    }
  }
  return { width: WIDTH, height: HEIGHT, data, colour: yuvColour('bt709', false) };
}

/** A detector that has looked at an empty room and grown used to its noise. */
function settled(noise: number, ...regions: ConstructorParameters<typeof ChangeDetector>): ChangeDetector {
  const changes = new ChangeDetector(...regions);
  for (let seed = 1; seed <= 30; seed += 1) {
    changes.see(frame(seed, { noise }));
    changes.looked();
  }
  return changes;
}

describe('ChangeDetector', () => {
  it('takes the first frame, another size and what follows a reset for changed', () => {
    const changes = new ChangeDetector();
    expect(changes.see(frame(1))).toBe(true);
    changes.looked();
    expect(changes.see(frame(2))).toBe(false);
    expect(changes.see({ width: 2, height: 1, data: new Uint8Array(6) })).toBe(true);
    changes.looked();
    changes.see(frame(3));
    changes.looked();
    changes.reset();
    expect(changes.see(frame(4))).toBe(true);
  });

  it.each([0, 3, 8])('sees nothing in noise of %d, and a face of 32 pixels that comes into it', (noise) => {
    const changes = settled(noise);
    const seen = Array.from({ length: 40 }, (_, i) => changes.see(frame(100 + i, { noise })));
    expect(seen.filter(Boolean)).toEqual([]);
    expect(changes.see(frame(200, { noise, patch: { x: 603, y: 307, side: 32, luma: 190 } }))).toBe(true);
  });

  it('sees who stays until somebody has looked', () => {
    const changes = settled(3);
    const patch = { x: 200, y: 200, side: 80, luma: 180 };
    expect([changes.see(frame(51, { patch })), changes.see(frame(52, { patch }))]).toEqual([true, true]);
    changes.looked();
    expect(changes.see(frame(53, { patch }))).toBe(false);
    expect(changes.see(frame(54))).toBe(true);
  });

  it('adds up what changes slowly', () => {
    const changes = settled(3);
    const seen = Array.from({ length: 30 }, (_, i) =>
      changes.see(frame(60 + i, { patch: { x: 200, y: 200, side: 80, luma: 120 + i } })),
    );
    expect(seen[0]).toBe(false);
    expect(seen.at(-1)).toBe(true);
  });

  it('does not grow used to a picture that flickers: there is no still in it', () => {
    const changes = new ChangeDetector();
    const seen = Array.from({ length: 60 }, (_, i) => {
      const hasChanged = changes.see(frame(1000 + i, { light: i % 2 === 0 ? 100 : 140 }));
      if (hasChanged) changes.looked();
      return hasChanged;
    });
    expect(seen.filter(Boolean)).toHaveLength(60);
  });

  it('wakes for a watched place of a single cell', () => {
    const points: [number, number][] = [
      [0.5, 0.5],
      [0.503, 0.5],
      [0.503, 0.505],
      [0.5, 0.505],
    ];
    const changes = settled(3, [{ type: 'watch' as const, points }]);
    expect(changes.see(frame(80, { patch: { x: 600, y: 320, side: 120, luma: 220 } }))).toBe(true);
  });

  it('lets pass what moves where nobody watches', () => {
    const left = [
      {
        type: 'ignore' as const,
        points: [
          [0, 0],
          [0.5, 0],
          [0.5, 1],
          [0, 1],
        ] as [number, number][],
      },
    ];
    const changes = settled(3, left);
    expect(changes.see(frame(70, { patch: { x: 200, y: 200, side: 200, luma: 220 } }))).toBe(false);
    expect(changes.see(frame(71, { patch: { x: 800, y: 200, side: 80, luma: 220 } }))).toBe(true);
  });
});
