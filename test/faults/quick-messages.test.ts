import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { playRow } from './fault-row.ts';
import { MATRIX } from './matrix.ts';

/** A third of what is quick: files, not tests, share the workers. */
const rows = MATRIX.filter(
  ({ row, isQuick }) => isQuick && [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25].includes(row),
);

partDescribe('mosquitto', 'the fault matrix, quickly: stores, clocks, messages, fleets', () => {
  it.for(rows)('row $row: $name', { timeout: 180_000 }, async (row, { skip }) => {
    const missing = row.missing?.();
    if (missing !== undefined) return skip(missing);
    const { fault, seed } = await playRow(row, Math.floor(Math.random() * 2 ** 31), false);
    expect(fault, `npm run faults -- --once --row ${row.row} --name '${row.name}' --seed ${seed}`).toBeUndefined();
  });
});
