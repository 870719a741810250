/** One figure to reach, as it was measured. */
export interface Figure {
  readonly name: string;
  /** In words: `≤ 1/3 of Haar`. */
  readonly goal: string;
  readonly measured: string;
  /** What was measured by what is allowed: the goal is reached up to 1. Undefined: for orientation, without a goal; NaN: could not be measured. */
  readonly ofGoal?: number;
  /** What was compared with what, how often; what to know to read it. */
  readonly note?: string;
}

/** @param limit what may be reached at the most. */
export function atMost(measured: number, limit: number): number {
  return limit === 0 ? (measured === 0 ? 0 : Number.POSITIVE_INFINITY) : measured / limit;
}

/** @param limit what must be reached at the least. */
export function atLeast(measured: number, limit: number): number {
  return measured === 0 ? Number.POSITIVE_INFINITY : limit / measured;
}

export function verdict({ ofGoal }: Figure): 'pass' | 'short' | '' {
  if (ofGoal === undefined) return '';
  // A goal of 1/8 is not missed by a rounding of the last bit.
  return ofGoal <= 1 + 1e-9 ? 'pass' : 'short';
}

/** A table in columns, a line for each figure and one for its note. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => ({
    cells: [figure.name, figure.goal, figure.measured, ofGoalInWords(figure), verdict(figure).toUpperCase()],
    note: figure.note,
  }));
  const all = [['figure', 'goal', 'measured', '', ''], ...rows.map(({ cells }) => cells)];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const lines = rows.flatMap(({ cells, note }) => [line(cells), ...(note ? [`    ${note}`] : [])]);
  return [line(all[0] as string[]), ...lines].join('\n');
}

function ofGoalInWords({ ofGoal }: Figure): string {
  if (ofGoal === undefined) return '';
  return Number.isFinite(ofGoal) ? `${ofGoal.toFixed(3)} of the goal` : '';
}
