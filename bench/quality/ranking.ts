/** Spearman's rank correlation, ties at their mean rank: 1 same order, 0 none. 0 where either does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const sum = (f: (i: number) => number): number => a.reduce((total, _, i) => total + f(i), 0);
  const together = sum((i) => ((x[i] ?? 0) - middle) * ((y[i] ?? 0) - middle));
  const spread = Math.sqrt(sum((i) => ((x[i] ?? 0) - middle) ** 2) * sum((i) => ((y[i] ?? 0) - middle) ** 2));
  return spread > 0 ? together / spread : 0;
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const found = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] ?? 0] === values[order[first] ?? 0]) last += 1;
    for (let k = first; k <= last; k += 1) found[order[k] ?? 0] = (first + last) / 2;
    first = last + 1;
  }
  return found;
}

/** How often one of the first is larger than one of the second, a tie counting half (area under the ROC curve). */
export function areaUnderCurve(larger: readonly number[], smaller: readonly number[]): number {
  let wins = 0;
  for (const a of larger) for (const b of smaller) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (larger.length * smaller.length);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which such a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
