import type { Box } from '../detection.ts';
import { isYuv, type Picture, type RgbPicture, type YuvPicture, yuvLayout } from '../picture/picture.ts';

/** Parts of a person around a face, in the face's own widths and heights: hair, the face itself, clothes. */
const PARTS = [
  { left: 0, top: -0.3, right: 1, bottom: 0.15 },
  { left: 0.1, top: 0.2, right: 0.9, bottom: 0.9 },
  { left: -0.3, top: 1.15, right: 1.3, bottom: 1.9 },
] as const;
export const APPEARANCE_PARTS = PARTS.length;
const SAMPLES_ACROSS = 14;
const SAMPLES_DOWN = 14;
/** A part of which the frame shows less tells nothing. */
const LEAST_INSIDE = 0.4;

const LUMA_BINS = 6;
const CHROMA_BINS = 6;
/** Chroma of skin, hair and most clothes lies within so much of grey. */
const CHROMA_REACH = 48;
const BINS = LUMA_BINS + CHROMA_BINS * CHROMA_BINS;

/** Luma and chroma bytes at a place. */
type Sampler = (x: number, y: number) => readonly [y: number, cb: number, cr: number];

/**
 * What a person looks like around a face: histograms of luma and of chroma of hair, face and clothes, as square roots, so that the cosine of two
 * is their Bhattacharyya coefficient (Comaniciu et al., «Kernel-Based Object Tracking», 2003, section 3.1). Good for telling neighbours in one
 * scene apart for some seconds, and for nothing else: it knows no person again.
 *
 * @param box in pixels of the picture; may reach beyond it.
 * @returns `APPEARANCE_PARTS` parts of 42 numbers, each of length 1, or all 0 where the frame doesn't show it.
 */
export function appearanceOf(picture: Picture, box: Box): Float32Array {
  const vector = new Float32Array(PARTS.length * BINS);
  const sample = isYuv(picture) ? yuvSampler(picture) : rgbSampler(picture);
  PARTS.forEach((part, index) => {
    const histogram = vector.subarray(index * BINS, (index + 1) * BINS);
    let inside = 0;
    for (let row = 0; row < SAMPLES_DOWN; row += 1) {
      const down = part.top + ((row + 0.5) / SAMPLES_DOWN) * (part.bottom - part.top);
      const y = Math.floor(box.y + down * box.height);
      if (y < 0 || y >= picture.height) continue;
      for (let column = 0; column < SAMPLES_ACROSS; column += 1) {
        const across = part.left + ((column + 0.5) / SAMPLES_ACROSS) * (part.right - part.left);
        const x = Math.floor(box.x + across * box.width);
        if (x < 0 || x >= picture.width) continue;
        inside += 1;
        count(histogram, sample(x, y));
      }
    }
    if (inside < LEAST_INSIDE * SAMPLES_ACROSS * SAMPLES_DOWN) histogram.fill(0);
    else normalise(histogram);
  });
  return vector;
}

function count(histogram: Float32Array, [luma, cb, cr]: readonly [number, number, number]): void {
  spread(histogram, 0, (luma / 256) * LUMA_BINS, LUMA_BINS, 1);
  const across = chromaBin(cb);
  const row = Math.min(CHROMA_BINS - 1, Math.floor(across));
  const next = Math.min(CHROMA_BINS - 1, row + 1);
  const share = across - row;
  spread(histogram, LUMA_BINS + row * CHROMA_BINS, chromaBin(cr), CHROMA_BINS, 1 - share);
  spread(histogram, LUMA_BINS + next * CHROMA_BINS, chromaBin(cr), CHROMA_BINS, share);
}

/** Between two bins, so that a value near their border doesn't jump. */
function spread(histogram: Float32Array, from: number, place: number, bins: number, weight: number): void {
  const low = Math.min(bins - 1, Math.max(0, Math.floor(place)));
  const high = Math.min(bins - 1, low + 1);
  const share = Math.min(1, Math.max(0, place - low));
  histogram[from + low] = (histogram[from + low] as number) + weight * (1 - share);
  histogram[from + high] = (histogram[from + high] as number) + weight * share;
}

function chromaBin(value: number): number {
  const clamped = Math.max(-CHROMA_REACH, Math.min(CHROMA_REACH, value - 128));
  return ((clamped + CHROMA_REACH) / (2 * CHROMA_REACH)) * (CHROMA_BINS - 1);
}

/** To square roots of shares: a vector of length 1. */
function normalise(histogram: Float32Array): void {
  let sum = 0;
  for (const value of histogram) sum += value;
  for (let i = 0; i < histogram.length; i += 1) histogram[i] = Math.sqrt((histogram[i] as number) / sum);
}

function yuvSampler({ data, width, height }: YuvPicture): Sampler {
  const { chroma, cbAt, crAt } = yuvLayout({ width, height });
  return (x, y) => {
    const at = (y >> 1) * chroma.width + (x >> 1);
    return [data[y * width + x] as number, data[cbAt + at] as number, data[crAt + at] as number];
  };
}

/** Full-range BT.601 (JFIF, ITU-T T.871 clause 7). */
function rgbSampler({ data, width }: RgbPicture): Sampler {
  return (x, y) => {
    const at = (y * width + x) * 3;
    const [r, g, b] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    return [luma, 128 + (b - luma) / 1.772, 128 + (r - luma) / 1.402];
  };
}
