import type { FaultRow } from './fault-row.ts';
import { BROKER_ROWS } from './rows/brokers.ts';
import { CAMERA_ROWS } from './rows/cameras.ts';
import { CLOCK_ROWS } from './rows/clocks.ts';
import { DEATH_ROWS } from './rows/deaths.ts';
import { DISK_ROWS } from './rows/disks.ts';
import { FLEET_ROWS } from './rows/fleet.ts';
import { LINK_ROWS } from './rows/links.ts';
import { MESSAGE_ROWS } from './rows/messages.ts';
import { STORE_ROWS } from './rows/stores.ts';

/** Every row that this machine can run, in the order of the matrix. */
export const MATRIX: readonly FaultRow[] = [
  ...CAMERA_ROWS,
  ...DEATH_ROWS,
  ...BROKER_ROWS,
  ...LINK_ROWS,
  ...DISK_ROWS,
  ...STORE_ROWS,
  ...CLOCK_ROWS,
  ...MESSAGE_ROWS,
  ...FLEET_ROWS,
].toSorted((a, b) => a.row - b.row);
