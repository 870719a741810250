import type { Box } from '../detection.ts';
import type { RgbPicture } from '../picture/picture.ts';

/** A box in whole pixels, inside the image. */
export type Crop = Box;

/** The part of a box that lies in the image, as face-api cuts it (`Box.clipAtImageBorders`): whole pixels; empty outside. */
export function clipToImage(box: Box, width: number, height: number): Crop {
  const x = Math.max(box.x, 0);
  const y = Math.max(box.y, 0);
  return {
    x: Math.floor(x),
    y: Math.floor(y),
    width: Math.max(0, Math.floor(Math.min(box.x + box.width - x, width - x))),
    height: Math.max(0, Math.floor(Math.min(box.y + box.height - y, height - y))),
  };
}

/**
 * Centres a picture in a black square and resizes that to `side` × `side` × 3 numbers, 0–255.
 *
 * Invariant: the numbers are those of face-api on tensors (`padToSquare`, then tf.image.resizeBilinear with
 * alignCorners and halfPixelCenters off), because the network's weights expect its sampling.
 */
export function sampleSquare({ data, width, height }: RgbPicture, side: number): Float32Array {
  const square = Math.max(width, height);
  const before = Math.abs(width - height) - Math.round(Math.abs(width - height) / 2);
  const columns = sampleAxis(side, square, width < square ? before : 0, width);
  const rows = sampleAxis(side, square, height < square ? before : 0, height);
  const sampled = new Float32Array(side * side * 3);
  const at = (row: number, column: number, channel: number): number =>
    row < 0 || column < 0 ? 0 : (data[(row * width + column) * 3 + channel] as number);
  for (let y = 0; y < side; y++) {
    const row = rows[y] as Sample;
    for (let x = 0; x < side; x++) {
      const column = columns[x] as Sample;
      for (let channel = 0; channel < 3; channel++) {
        const topLeft = at(row.low, column.low, channel);
        const top = topLeft + (at(row.low, column.high, channel) - topLeft) * column.fraction;
        const bottomLeft = at(row.high, column.low, channel);
        const bottom = bottomLeft + (at(row.high, column.high, channel) - bottomLeft) * column.fraction;
        sampled[(y * side + x) * 3 + channel] = top + (bottom - top) * row.fraction;
      }
    }
  }
  return sampled;
}

/** Two neighbours in the picture, -1 for the black around it, and how far the sample lies from the lower. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly fraction: number;
}

function sampleAxis(side: number, square: number, before: number, length: number): Sample[] {
  const inside = (position: number): number => {
    const index = position - before;
    return index < length ? Math.max(index, -1) : -1;
  };
  return Array.from({ length: side }, (_, i) => {
    const position = (i * square) / side;
    const low = Math.floor(position);
    return { low: inside(low), high: inside(Math.min(low + 1, square - 1)), fraction: position - low };
  });
}
