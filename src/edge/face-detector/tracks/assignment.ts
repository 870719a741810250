/**
 * The cheapest way to give rows to columns, each at most once, where leaving a row alone costs `limit`: shortest augmenting paths with prices
 * (Jonker and Volgenant 1987; the Hungarian method). Every row has a column of its own for being left alone, so a pair dearer than `limit` is never made.
 *
 * @param costs one array per row, all of one length; Infinity for what can't be.
 * @returns per row the number of its column, or -1.
 */
export function assign(costs: readonly (readonly number[])[], limit: number): number[] {
  const rows = costs.length;
  const real = costs[0]?.length ?? 0;
  const columns = real + rows;
  const rowPrices = new Float64Array(rows);
  const columnPrices = new Float64Array(columns);
  const rowOf = new Int32Array(columns).fill(-1);
  for (let row = 0; row < rows; row += 1) augment(row);
  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 0; column < real; column += 1) {
    const row = rowOf[column] as number;
    if (row >= 0) columnOf[row] = column;
  }
  return columnOf;

  function cost(row: number, column: number): number {
    if (column >= real) return column - real === row ? limit : Number.POSITIVE_INFINITY;
    const given = costs[row]?.[column] as number;
    return given < limit ? given : Number.POSITIVE_INFINITY;
  }

  function augment(start: number): void {
    const distances = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(columns).fill(-1);
    const isDone = new Uint8Array(columns);
    let row = start;
    let reached = -1;
    let walked = 0;
    do {
      if (reached >= 0) isDone[reached] = 1;
      let next = -1;
      for (let column = 0; column < columns; column += 1) {
        if (isDone[column]) continue;
        const through = walked + cost(row, column) - (rowPrices[row] as number) - (columnPrices[column] as number);
        if (through < (distances[column] as number)) {
          distances[column] = through;
          before[column] = reached;
        }
        if (next < 0 || (distances[column] as number) < (distances[next] as number)) next = column;
      }
      reached = next;
      walked = distances[next] as number;
      row = rowOf[next] as number;
    } while (row >= 0);
    for (let column = 0; column < columns; column += 1) {
      if (!isDone[column]) continue;
      const slack = walked - (distances[column] as number);
      columnPrices[column] = (columnPrices[column] as number) - slack;
      const owner = rowOf[column] as number;
      rowPrices[owner] = (rowPrices[owner] as number) + slack;
    }
    rowPrices[start] = (rowPrices[start] as number) + walked;
    for (let column = reached; column >= 0; ) {
      const previous = before[column] as number;
      rowOf[column] = previous >= 0 ? (rowOf[previous] as number) : start;
      column = previous;
    }
  }
}
