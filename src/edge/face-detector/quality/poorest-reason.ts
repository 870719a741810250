import type { Quality } from './quality.ts';

/** Why a face is no good picture of anybody. */
export type PoorReason = 'blurred' | 'small' | 'turned' | 'badly-exposed' | 'cut-off';

const REASONS = {
  sharpness: 'blurred',
  size: 'small',
  frontalness: 'turned',
  exposure: 'badly-exposed',
  completeness: 'cut-off',
} as const satisfies Partial<Record<keyof Quality, PoorReason>>;

/** What is worst about a face. */
export function poorestReason(quality: Quality): PoorReason {
  const components = Object.keys(REASONS) as (keyof typeof REASONS)[];
  return REASONS[components.reduce((worst, next) => (quality[next] < quality[worst] ? next : worst))];
}
