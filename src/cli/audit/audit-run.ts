import type { StoreListing } from '../../cloud/image-processor/stores/store-listing.ts';
import type { LedgerHour, LedgerStatus } from '../../contract/ledger.ts';
import { isSelfTest } from '../../contract/self-test.ts';
import { AuditScope, dayOf } from './audit-scope.ts';
import { DaySweep } from './day-sweep.ts';
import type { AuditTotals, Finding } from './finding.ts';
import { HourTable, sum } from './hour-table.ts';
import type { LedgerSource } from './ledger-source.ts';
import { Recheck } from './recheck.ts';
import { bareTwins, storeDays } from './store-days.ts';
import { hourOf, readStoredKey } from './stored-key.ts';

export interface AuditOptions {
  readonly source: LedgerSource;
  readonly store: StoreListing;
  /** Left out: every device of the ledger. */
  readonly device: string | undefined;
  readonly camera: string | undefined;
  /** `YYYY-MM-DDTHH`, both included. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Looked for in the store also where the ledger knows nothing of it. */
  readonly ownDevice: string | undefined;
  /** Under which processors store bare images. */
  readonly cloudDevice: string;
  /** Reads the bytes of every object. */
  readonly isVerifying: boolean;
  /** Tells the ledger's keeper what was found stored. */
  readonly isSettling: boolean;
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onScope: (words: string) => void;
  readonly onFinding: (finding: Finding) => void;
}

/** Compares a ledger with a store, a day at a time, while both go on. */
export async function audit(options: AuditOptions): Promise<AuditTotals> {
  const { source, device, camera, from, to, now, signal, onFinding } = options;
  const status = await source.status(signal);
  tellGap(status, onFinding);
  const part = { ...(device === undefined ? {} : { device }), ...(camera === undefined ? {} : { camera }) };
  const all = (await source.hours(part, signal)).filter((hour) => !isSelfTest(hour));
  const scope = new AuditScope({ hours: all, from, to, keepDays: status.keepDays, now });
  options.onScope(scope.words);
  const hours = all.filter((hour) => scope.includes(hour.device, hour.camera, hour.hour));
  for (const hour of hours) tellHourGap(hour, onFinding);
  return compare(options, { status, scope, hours });
}

interface Compared {
  readonly status: LedgerStatus;
  readonly scope: AuditScope;
  readonly hours: readonly LedgerHour[];
}

async function compare(options: AuditOptions, { status, scope, hours }: Compared): Promise<AuditTotals> {
  const { source, store, device, camera, ownDevice, signal, isVerifying, isSettling } = options;
  const named = device ?? ownDevice;
  const devices = [...new Set([...hours.map((hour) => hour.device), ...(named === undefined ? [] : [named])])].sort();
  const prefixes = await storeDays(store, { devices, camera, includesDay: (day) => scope.includesDay(day) }, signal);
  const table = new HourTable(hours);
  const recheck = new Recheck(options);
  const found = new Map<string, number>();
  let [settled, verified] = [0, 0];
  const days = new Set([...prefixes.keys(), ...hours.map(({ hour }) => dayOf(hour))]);
  for (const day of [...days].sort()) {
    const sweep = await sweepDay(options, { day, prefixes: prefixes.get(day) ?? [], scope, table });
    const unsettled = await recheck.unsettled(sweep);
    for (const [state, count] of unsettled.states) found.set(state, (found.get(state) ?? 0) + count);
    if (isSettling && unsettled.found.length > 0) {
      await source.settle(unsettled.found, signal);
      settled += unsettled.found.length;
    }
    await tellDay(options, { sweep, recheck, table });
    verified += await recheck.bytes(sweep, isVerifying);
  }
  for (const difference of table.differences()) options.onFinding(difference);
  return { hours: table.totals(), reasons: table.reasons, found, settled, unkept: status.unkept, verified };
}

/** The ledger first: what it calls stored then, the store has. */
async function sweepDay(
  { source, store, device, camera, signal }: AuditOptions,
  { day, prefixes, scope, table }: { day: string; prefixes: readonly string[]; scope: AuditScope; table: HourTable },
): Promise<DaySweep> {
  const sweep = new DaySweep();
  const part = { ...(device === undefined ? {} : { device }), ...(camera === undefined ? {} : { camera }) };
  for await (const row of source.rows({ ...part, from: `${day}T00`, to: `${day}T23` }, signal)) {
    const hour = hourOf(row.id);
    if (isSelfTest(row) || !scope.includes(row.device, row.camera, hour)) continue;
    sweep.addRow(row);
    table.addRow(row);
  }
  for (const prefix of prefixes) {
    for await (const { key, bytes } of store.list(prefix, signal)) {
      const at = readStoredKey(key);
      if (at && !scope.includes(at.device, at.camera, at.hour)) continue;
      sweep.addObject(key, bytes);
      if (at) table.addObject(at.device, at.camera, at.hour);
    }
  }
  return sweep;
}

async function tellDay(
  { store, cloudDevice, signal, onFinding }: AuditOptions,
  { sweep, recheck, table }: { sweep: DaySweep; recheck: Recheck; table: HourTable },
): Promise<void> {
  await recheck.missing(sweep);
  recheck.doubled(sweep);
  const isFolded = ({ key }: { key: string }) => {
    const at = readStoredKey(key);
    return at !== undefined && table.isFolded(at.device, at.camera, at.hour);
  };
  for (const { key } of await recheck.strays(sweep, isFolded)) {
    const at = readStoredKey(key);
    if (at) table.addStray(at.device, at.camera, at.hour);
  }
  for await (const [key, id] of bareTwins(store, cloudDevice, sweep.bareHashes(), signal))
    recheck.bareTwin(sweep, id, key);
  for (const key of sweep.foreign) onFinding({ finding: 'unexpected', keys: [key], detail: 'no key of a capture' });
}

function tellGap({ gap, captured }: LedgerStatus, onFinding: (finding: Finding) => void): void {
  if (gap === 'unknown')
    onFinding({
      finding: 'gap',
      detail: 'the balance is unknown: a damaged spool is being salvaged; audit again afterwards',
    });
  else if (gap !== 0) onFinding({ finding: 'gap', detail: `${gap} of ${captured} captures have no row in the ledger` });
}

function tellHourGap(
  { device, camera, hour, captured, rows, folded }: LedgerHour,
  onFinding: (finding: Finding) => void,
): void {
  const known = sum(rows) + sum(folded);
  if (known === captured) return;
  onFinding({ finding: 'gap', device, camera, hour, detail: `${captured} captured, and ${known} accounted for` });
}
