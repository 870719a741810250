import { keptWorth, type QualityComponents } from './overall.ts';

/** Why a face is no good picture of anybody. */
export type PoorReason = 'blurred' | 'small' | 'turned' | 'badly-exposed' | 'cut-off';

const REASONS = {
  sharpness: 'blurred',
  size: 'small',
  frontalness: 'turned',
  exposure: 'badly-exposed',
  completeness: 'cut-off',
} as const satisfies Record<keyof QualityComponents, PoorReason>;

/** What costs a face most of its overall quality. */
export function poorestReason(quality: QualityComponents): PoorReason {
  const kept = keptWorth(quality);
  const components = Object.keys(REASONS) as (keyof typeof REASONS)[];
  return REASONS[components.reduce((worst, next) => (kept[next] < kept[worst] ? next : worst))];
}
