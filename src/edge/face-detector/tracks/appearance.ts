/**
 * How the caller's appearance vectors are to be read: cosines of two of them, −1 to 1. To be measured for each kind of vector: where one person's looks fall
 * below `differentFrom`, or two people's above `alikeFrom`, visits are cut and joined more than without any look.
 */
export interface AppearanceScale {
  /** From here on two are likely the same person. */
  readonly alikeFrom: number;
  /** From here down they are likely two people. */
  readonly differentFrom: number;
}

/** Share of an old look that stays when a sure new one is seen. */
const KEPT = 0.8;

/** How alike two looks are: −1 different, 1 alike, 0 where that can't be told or one is missing. */
export function likeness(
  a: Float32Array | undefined,
  b: Float32Array | undefined,
  { alikeFrom, differentFrom }: AppearanceScale,
): number {
  if (!a || !b || a.length !== b.length) return 0;
  let cosine = 0;
  for (let i = 0; i < a.length; i += 1) cosine += (a[i] as number) * (b[i] as number);
  const share = (cosine - differentFrom) / (alikeFrom - differentFrom);
  return Math.max(-1, Math.min(1, 2 * share - 1));
}

/** The look of a track after it was seen again: a moving mean, led by sure finds (Deep OC-SORT, Maggiolino et al. 2023, §3.2). */
export function blendLooks(old: Float32Array | undefined, seen: Float32Array, score: number): Float32Array {
  if (!old || old.length !== seen.length) return seen;
  const kept = KEPT + (1 - KEPT) * (1 - Math.max(0, Math.min(1, score)));
  const blend = new Float32Array(old.length);
  let squares = 0;
  for (let i = 0; i < old.length; i += 1) {
    const value = kept * (old[i] as number) + (1 - kept) * (seen[i] as number);
    blend[i] = value;
    squares += value ** 2;
  }
  if (squares === 0) return seen;
  const length = Math.sqrt(squares);
  for (let i = 0; i < blend.length; i += 1) blend[i] = (blend[i] as number) / length;
  return blend;
}
