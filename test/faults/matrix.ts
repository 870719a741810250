import type { FaultRow } from './fault-row.ts';
import { BROKER_ROWS } from './rows/brokers.ts';
import { CLOCK_ROWS } from './rows/clocks.ts';
import { DEATH_ROWS } from './rows/deaths.ts';
import { DISK_ROWS } from './rows/disks.ts';
import { LINK_ROWS } from './rows/links.ts';
import { STORE_ROWS } from './rows/stores.ts';

/** Every row that this machine can run, in the order of the matrix. */
export const MATRIX: readonly FaultRow[] = [
  ...DEATH_ROWS,
  ...BROKER_ROWS,
  ...LINK_ROWS,
  ...DISK_ROWS,
  ...STORE_ROWS,
  ...CLOCK_ROWS,
].toSorted((a, b) => a.row - b.row);
