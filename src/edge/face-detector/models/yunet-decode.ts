import type { Box, Point } from '../detection.ts';

const STRIDES = [8, 16, 32] as const;
const LANDMARKS = 5;

/**
 * Boxes, scores and landmarks from YuNet's outputs (libfacedetection.train, `yunet_head.py`; Wu et al., «YuNet: A Tiny
 * Millisecond-level Face Detector», 2023): per cell of the strides 8, 16 and 32 `cls` and `obj` (already sigmoids),
 * `bbox` (centre and log size) and `kps`, in units of the stride from the cell's corner.
 *
 * @param outputs by name: `cls_8`, `obj_8`, `bbox_8`, `kps_8`, `cls_16`, …
 * @param width of the network's input in pixels, a multiple of 32; its height follows from the outputs.
 * @returns those with at least `minScore`, in pixels of the network's input.
 */
export function decodeYunet(
  outputs: Readonly<Record<string, Float32Array>>,
  width: number,
  minScore: number,
): { readonly box: Box; readonly score: number; readonly landmarks: readonly Point[] }[] {
  const candidates: { box: Box; score: number; landmarks: Point[] }[] = [];
  for (const stride of STRIDES) {
    const classes = outputs[`cls_${stride}`] as Float32Array;
    const objects = outputs[`obj_${stride}`] as Float32Array;
    const boxes = outputs[`bbox_${stride}`] as Float32Array;
    const points = outputs[`kps_${stride}`] as Float32Array;
    const columns = width / stride;
    for (let cell = 0; cell < classes.length; cell++) {
      const score = Math.sqrt((classes[cell] as number) * (objects[cell] as number));
      if (score < minScore) continue;
      const column = cell % columns;
      const row = Math.floor(cell / columns);
      const [dx, dy, logWidth, logHeight] = boxes.subarray(cell * 4, cell * 4 + 4) as unknown as FourNumbers;
      const boxWidth = Math.exp(logWidth) * stride;
      const boxHeight = Math.exp(logHeight) * stride;
      candidates.push({
        box: {
          x: (column + dx) * stride - boxWidth / 2,
          y: (row + dy) * stride - boxHeight / 2,
          width: boxWidth,
          height: boxHeight,
        },
        score,
        landmarks: Array.from({ length: LANDMARKS }, (_, k) => [
          ((points[(cell * LANDMARKS + k) * 2] as number) + column) * stride,
          ((points[(cell * LANDMARKS + k) * 2 + 1] as number) + row) * stride,
        ]),
      });
    }
  }
  return candidates;
}

type FourNumbers = readonly [number, number, number, number];
