import type { DatabaseSync } from 'node:sqlite';
import { toLedgerEntry } from './index-rows.ts';
import type { EntryPage, EntryQuery, HourCounts, LedgerScope, SpoolState, StateCounts } from './protocol.ts';
import { noCounts } from './totals.ts';

const COLUMNS =
  'seq, id, device, cameras.camera AS camera, sha256, bytes, quality, state, reason, sends, extents, arrived_at, settled_at';
const ENTRIES = `SELECT ${COLUMNS} FROM captures JOIN cameras ON cameras.number = captures.camera`;

type Mutable<Counts> = { -readonly [Key in keyof Counts]: Counts[Key] };
type HourSum = Omit<HourCounts, 'captured' | 'rows' | 'folded'> & {
  captured: number;
  rows: Mutable<StateCounts>;
  folded: Mutable<StateCounts>;
};

/** One page of rows, in order of arrival. */
export function readEntries(db: DatabaseSync, query: EntryQuery): EntryPage {
  const { limit, after = 0, ids, states } = query;
  const { where, values } = scopeOf(query);
  where.push('seq > ?');
  values.push(after);
  if (ids) {
    where.push('id IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(ids));
  }
  if (states) {
    where.push('state IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(states));
  }
  const sql = `${ENTRIES} WHERE ${where.join(' AND ')} ORDER BY seq LIMIT ?`;
  const entries = db
    .prepare(sql)
    .all(...values, limit)
    .map(toLedgerEntry);
  return { entries, next: entries.length < limit ? undefined : entries.at(-1)?.seq };
}

/** Counts for each camera and hour. */
export function readHours(db: DatabaseSync, scope: LedgerScope): HourCounts[] {
  const { where, values } = scopeOf(scope);
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  const sums = new Map<string, HourSum>();
  const read = (table: string, columns: string, group: string) =>
    db
      .prepare(
        `SELECT device, cameras.camera AS camera, hour, ${columns} FROM ${table} JOIN cameras ON cameras.number = ${table}.camera ${condition} ${group}`,
      )
      .all(...values);
  const sumOf = ({ device, camera, hour }: Record<string, unknown>): HourSum => {
    const key = `${hour} ${device} ${camera}`;
    const names = { device: String(device), camera: String(camera), hour: String(hour) };
    const sum = sums.get(key) ?? { ...names, captured: 0, rows: noCounts(), folded: noCounts() };
    sums.set(key, sum);
    return sum;
  };
  for (const row of read('hours', 'captured', '')) sumOf(row).captured = Number(row.captured);
  for (const row of read('captures', 'state, COUNT(*) AS n', 'GROUP BY captures.camera, hour, state'))
    sumOf(row).rows[row.state as SpoolState] = Number(row.n);
  for (const row of read('folded', 'state, SUM(captures) AS n', 'GROUP BY folded.camera, hour, state'))
    sumOf(row).folded[row.state as SpoolState] = Number(row.n);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

function scopeOf({ device, camera, fromHour, toHour }: LedgerScope): { where: string[]; values: (string | number)[] } {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  add('device = ?', device);
  add('cameras.camera = ?', camera);
  add('hour >= ?', fromHour);
  add('hour <= ?', toHour);
  return { where, values };
}
