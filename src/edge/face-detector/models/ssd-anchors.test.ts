import { describe, expect, it } from 'vitest';
import { readWeights, SSD_WEIGHTS, weightNamed, weightsFolder } from './package-weights.ts';
import { anchorGrid, anchorLevels } from './ssd-anchors.ts';
import { decodeSsd } from './ssd-decode.ts';

const stored = weightNamed(await readWeights(SSD_WEIGHTS, weightsFolder()), 'Output/extra_dim');
const levels = anchorLevels(stored);

describe('anchorGrid', () => {
  it('gives the stored anchors back for the size that the network was trained on', () => {
    const grid = anchorGrid(levels, 512, 512);
    expect(grid).toHaveLength(stored.data.length);
    let largest = 0;
    for (let i = 0; i < grid.length; i += 4) {
      const [x, y, width, height] = grid.subarray(i, i + 4) as unknown as [number, number, number, number];
      const corners = [y - height / 2, x - width / 2, y + height / 2, x + width / 2];
      for (const [k, corner] of corners.entries()) {
        largest = Math.max(largest, Math.abs(corner / 512 - (stored.data[i + k] as number)));
      }
    }
    expect(largest).toBeLessThan(2e-7);
  });

  it('counts the cells of an input that is neither square nor even at each level', () => {
    const cells = (stride: number) => Math.ceil(640 / stride) * Math.ceil(368 / stride);
    const expected = cells(16) * 3 + [32, 64, 128, 256, 512].reduce((sum, stride) => sum + cells(stride) * 6, 0);
    const grid = anchorGrid(levels, 640, 368);
    expect(grid).toHaveLength(expected * 4);
    expect([...grid.subarray(0, 2)]).toEqual([8, 8]);
    const secondRow = 40 * 3 * 4;
    expect([...grid.subarray(secondRow, secondRow + 2)]).toEqual([8, 24]);
  });
});

describe('decodeSsd', () => {
  const anchor = Float64Array.of(100, 200, 40, 80);

  it('gives an anchor itself for zeros', () => {
    const [found] = decodeSsd(new Float32Array(5), anchor, 0);
    expect(found).toEqual({ anchor: 0, box: { x: 80, y: 160, width: 40, height: 80 }, score: 0.5 });
  });

  it('moves by tenths of the anchor and grows by fifths of an exponent', () => {
    const [found] = decodeSsd(Float32Array.of(1, 2, 5 * Math.log(2), 5 * Math.log(3), 0), anchor, 0);
    const { x, y, width, height } = (found as NonNullable<typeof found>).box;
    expect(width).toBeCloseTo(120, 3);
    expect(height).toBeCloseTo(160, 3);
    expect(x + width / 2).toBeCloseTo(108, 4);
    expect(y + height / 2).toBeCloseTo(208, 4);
  });

  it('leaves out what is below the score asked for, and lets 0.01 through', () => {
    const logit = Math.log(0.02 / 0.98);
    expect(decodeSsd(Float32Array.of(0, 0, 0, 0, logit), anchor, 0.01)).toHaveLength(1);
    expect(decodeSsd(Float32Array.of(0, 0, 0, 0, logit), anchor, 0.03)).toHaveLength(0);
  });
});
