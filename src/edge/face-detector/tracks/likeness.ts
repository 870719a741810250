/**
 * How the caller's appearance vectors are to be read: cosines of two of them, −1 to 1. To be measured for each kind of vector: where one person's looks fall
 * below `differentFrom`, or two people's above `alikeFrom`, visits are cut and joined more than without any look.
 */
export interface AppearanceScale {
  /** From here on two are likely the same person. */
  readonly alikeFrom: number;
  /** From here down they are likely two people. */
  readonly differentFrom: number;
  /** A vector may be made of so many parts of equal length, of which one that is all 0 is unknown; default 1. */
  readonly parts?: number;
}

/** Share of an old look that stays when a sure new one is seen. */
const KEPT = 0.8;

/** How alike two looks are, by the parts that both have: −1 different, 1 alike, 0 where that can't be told or one is missing. */
export function likeness(
  a: Float32Array | undefined,
  b: Float32Array | undefined,
  { alikeFrom, differentFrom, parts = 1 }: AppearanceScale,
): number {
  if (!a || !b || a.length !== b.length) return 0;
  let [shared, product, squaresA, squaresB] = [0, 0, 0, 0];
  for (let part = 0; part < parts; part += 1) {
    const sums = productsOf(partOf(a, part, parts), partOf(b, part, parts));
    if (sums.a === 0 || sums.b === 0) continue;
    shared += 1;
    product += sums.product;
    squaresA += sums.a;
    squaresB += sums.b;
  }
  if (shared === 0) return 0;
  const cosine = product / Math.sqrt(squaresA * squaresB);
  const share = (cosine - differentFrom) / (alikeFrom - differentFrom);
  return Math.max(-1, Math.min(1, 2 * share - 1));
}

/** The look of a track after it was seen again: a moving mean, led by sure finds (Deep OC-SORT, Maggiolino et al. 2023, §3.2). What is unknown now stays as it was. */
export function blendLooks(old: Float32Array | undefined, seen: Float32Array, score: number, parts = 1): Float32Array {
  if (!old || old.length !== seen.length) return seen;
  const kept = KEPT + (1 - KEPT) * (1 - Math.max(0, Math.min(1, score)));
  const blend = new Float32Array(old.length);
  for (let part = 0; part < parts; part += 1) {
    const [before, now, after] = [old, seen, blend].map((look) => partOf(look, part, parts)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const { a, b } = productsOf(before, now);
    const share = a === 0 ? 0 : b === 0 ? 1 : kept;
    for (let i = 0; i < after.length; i += 1) {
      after[i] = share * (before[i] as number) + (1 - share) * (now[i] as number);
    }
  }
  return blend;
}

function partOf(look: Float32Array, part: number, parts: number): Float32Array {
  const length = look.length / parts;
  return look.subarray(part * length, (part + 1) * length);
}

function productsOf(
  a: Float32Array,
  b: Float32Array,
): { readonly product: number; readonly a: number; readonly b: number } {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    product += (a[i] as number) * (b[i] as number);
    squaresA += (a[i] as number) ** 2;
    squaresB += (b[i] as number) ** 2;
  }
  return { product, a: squaresA, b: squaresB };
}
