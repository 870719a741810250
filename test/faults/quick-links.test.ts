import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { playRow } from './fault-row.ts';
import { MATRIX } from './matrix.ts';

/** A third of what is quick: files, not tests, share the workers. */
const rows = MATRIX.filter(({ row, isQuick }) => isQuick && [2, 4, 7, 11, 12].includes(row));

partDescribe('mosquitto', 'the fault matrix, quickly: brokers, links, disks', () => {
  it.for(rows)('row $row: $name', { timeout: 180_000 }, async (row, { skip }) => {
    const missing = row.missing?.();
    if (missing !== undefined) return skip(missing);
    const { fault, seed } = await playRow(row, Math.floor(Math.random() * 2 ** 31), false);
    expect(fault, `npm run faults -- --once --row ${row.row} --name '${row.name}' --seed ${seed}`).toBeUndefined();
  });
});
