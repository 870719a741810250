import { describe, expect, it } from 'vitest';
import { decodeYunet } from './yunet-decode.ts';

/** Outputs for an input of 64 × 32 px, all zero. */
function emptyOutputs(): Record<string, Float32Array> {
  const outputs: Record<string, Float32Array> = {};
  for (const stride of [8, 16, 32]) {
    const cells = (64 / stride) * (32 / stride);
    outputs[`cls_${stride}`] = new Float32Array(cells);
    outputs[`obj_${stride}`] = new Float32Array(cells);
    outputs[`bbox_${stride}`] = new Float32Array(cells * 4);
    outputs[`kps_${stride}`] = new Float32Array(cells * 10);
  }
  return outputs;
}

describe('decodeYunet', () => {
  it('reads box and landmarks in strides from the cell’s corner', () => {
    const outputs = emptyOutputs();
    const cell = 4 + 2; // row 1, column 2 of stride 16
    outputs.cls_16?.set([0.9], cell);
    outputs.obj_16?.set([0.4], cell);
    outputs.bbox_16?.set([0.5, 0.25, Math.log(2), Math.log(3)], cell * 4);
    outputs.kps_16?.set([1, 2, 0, 0, -1, -1, 0.5, 0.5, 3, 4], cell * 10);
    const [face, ...others] = decodeYunet(outputs, 64, 0.5);
    expect(others).toEqual([]);
    expect(face?.score).toBeCloseTo(0.6, 6);
    expect(face?.box.x).toBeCloseTo(40 - 16, 4);
    expect(face?.box.y).toBeCloseTo(20 - 24, 4);
    expect(face?.box.width).toBeCloseTo(32, 4);
    expect(face?.box.height).toBeCloseTo(48, 4);
    expect(face?.landmarks).toEqual([
      [48, 48],
      [32, 16],
      [16, 0],
      [40, 24],
      [80, 80],
    ]);
  });

  it('leaves out what is below the score asked for', () => {
    const outputs = emptyOutputs();
    outputs.cls_8?.fill(0.02);
    outputs.obj_8?.fill(0.02);
    expect(decodeYunet(outputs, 64, 0.01)).toHaveLength(32);
    expect(decodeYunet(outputs, 64, 0.03)).toHaveLength(0);
  });
});
