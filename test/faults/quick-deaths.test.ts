import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { playRow } from './fault-row.ts';
import { MATRIX } from './matrix.ts';

/** A third of what is quick: files, not tests, share the workers. */
const rows = MATRIX.filter(({ row, isQuick }) => isQuick && [1, 3, 5, 6].includes(row));

partDescribe('mosquitto', 'the fault matrix, quickly: deaths at every kill point, and of the power', () => {
  it.for(rows)('row $row: $name', { timeout: 180_000 }, async (row, { skip }) => {
    const missing = row.missing?.();
    if (missing !== undefined) return skip(missing);
    const { fault, seed } = await playRow(row, Math.floor(Math.random() * 2 ** 31), true);
    expect(fault, `npm run faults -- --once --row ${row.row} --name '${row.name}' --seed ${seed}`).toBeUndefined();
  });
});
