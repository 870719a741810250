import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { playRow } from './fault-row.ts';
import { MATRIX } from './matrix.ts';

/** The other half is in quick-faults.test.ts: two files, so that two workers share the time. */
const rows = MATRIX.filter(({ row, isQuick }) => isQuick && [1, 3, 5].includes(row));

partDescribe('mosquitto', 'the fault matrix, quickly: deaths at every kill point', () => {
  it.for(rows)('row $row: $name', { timeout: 180_000 }, async (row, { skip }) => {
    const missing = row.missing?.();
    if (missing !== undefined) return skip(missing);
    const { fault, seed } = await playRow(row, Math.floor(Math.random() * 2 ** 31));
    expect(fault, `npm run faults -- --once --row ${row.row} --name '${row.name}' --seed ${seed}`).toBeUndefined();
  });
});
