import type { Quality } from './quality.ts';

export type QualityComponents = Omit<Quality, 'overall'>;

/** What of its worth a picture keeps in spite of each component, 0–1. The weights are measured: docs/decisions/quality-weights.md. */
export function keptWorth(quality: QualityComponents): QualityComponents {
  return {
    sharpness: quality.sharpness,
    size: quality.size,
    frontalness: 0.4 + 0.6 * quality.frontalness,
    exposure: Math.sqrt(quality.exposure),
    completeness: Math.sqrt(quality.completeness),
  };
}

/** 0–1. A face of which nothing is in the picture has no sharpness, and so no worth. */
export function overallOf(quality: QualityComponents): number {
  return Object.values(keptWorth(quality)).reduce((product, kept) => product * kept, 1);
}
