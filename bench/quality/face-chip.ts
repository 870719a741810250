import type { Point } from '../../src/edge/face-detector/detection.ts';
import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';

/** Pixels along each side of the picture that the recognition network reads. */
export const CHIP_SIDE = 150;

/** Share of the mean face's width that is left around it on each side (dlib's get_face_chip_details). */
const PADDING = 0.25;
/** Eyes, nose tip and mouth corners of dlib's mean face (image_transforms/interpolation.h), the eyes' six points averaged. */
const MEAN_FACE: readonly Point[] = [
  [0.2255, 0.216],
  [0.7548, 0.216],
  [0.4901, 0.5156],
  [0.2541, 0.7802],
  [0.7261, 0.7802],
];

/** x' = a·x − b·y + shiftX, y' = b·x + a·y + shiftY: turns, scales and moves. */
interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly shiftX: number;
  readonly shiftY: number;
}

/**
 * A face turned upright and cut as the network was trained on them. What lies outside the picture is black.
 *
 * @param points eyes, nose tip and mouth corners in pixels of `picture`, in the order of MEAN_FACE.
 * @returns 150 × 150 × 3 numbers, 0–255
 */
export function faceChip(picture: RgbPicture, points: readonly Point[]): Float32Array {
  const target = MEAN_FACE.map(([x, y]): Point => [onChip(x), onChip(y)]);
  const { a, b, shiftX, shiftY } = similarity(target, points);
  // Where the chip is the smaller picture, each of its pixels is the mean of so many squared.
  const samples = Math.max(1, Math.round(Math.hypot(a, b)));
  const chip = new Float32Array(CHIP_SIDE * CHIP_SIDE * 3);
  for (let row = 0; row < CHIP_SIDE; row += 1) {
    for (let column = 0; column < CHIP_SIDE; column += 1) {
      const at = (row * CHIP_SIDE + column) * 3;
      for (let k = 0; k < samples * samples; k += 1) {
        const u = column + ((k % samples) + 0.5) / samples - 0.5;
        const v = row + (Math.floor(k / samples) + 0.5) / samples - 0.5;
        addPixel(chip, at, picture, { x: a * u - b * v + shiftX, y: b * u + a * v + shiftY, weight: samples ** -2 });
      }
    }
  }
  return chip;
}

function onChip(fraction: number): number {
  return ((PADDING + fraction) / (2 * PADDING + 1)) * CHIP_SIDE;
}

/** The similarity that brings one set of points closest to another (least squares). */
function similarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [fromX, fromY] = mean(from);
  const [toX, toY] = mean(to);
  let same = 0;
  let across = 0;
  let spread = 0;
  from.forEach(([x, y], i) => {
    const [u, v] = [x - fromX, y - fromY];
    const [s, t] = [(to[i]?.[0] ?? 0) - toX, (to[i]?.[1] ?? 0) - toY];
    same += u * s + v * t;
    across += u * t - v * s;
    spread += u * u + v * v;
  });
  const [a, b] = [same / spread, across / spread];
  return { a, b, shiftX: toX - a * fromX + b * fromY, shiftY: toY - b * fromX - a * fromY };
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce<Point>(([x, y], point) => [x + point[0], y + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** Bilinear. */
function addPixel(
  chip: Float32Array,
  at: number,
  { data, width, height }: RgbPicture,
  { x, y, weight }: { x: number; y: number; weight: number },
): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (left < -1 || top < -1 || left >= width || top >= height) return;
  for (let k = 0; k < 4; k += 1) {
    const column = left + (k & 1);
    const row = top + (k >> 1);
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const share = weight * (k & 1 ? x - left : 1 - x + left) * (k >> 1 ? y - top : 1 - y + top);
    const from = (row * width + column) * 3;
    for (let c = 0; c < 3; c += 1) chip[at + c] = (chip[at + c] as number) + share * (data[from + c] as number);
  }
}
