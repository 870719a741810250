import type { DeskStatus } from '../../platform/desk/spool-desk.ts';
import { SPOOL_STATES } from '../../platform/spool/protocol.ts';

/** How a spool stands, in lines for people. */
export function describeStatus(folder: string, isServed: boolean, status: DeskStatus, now: number): string {
  const { counts, captured, gap, unkept, pendingBytes, quarantineBytes, usedBytes, oldestArrivedAtMs, isDiskFull } =
    status;
  const rows: [string, string][] = [
    ['spool', `${folder} (${isServed ? 'held by a running service' : 'no service has it open'})`],
    ['captured', String(captured)],
    ...SPOOL_STATES.filter((state) => state !== 'held' || counts.held > 0).map((state): [string, string] => [
      `  ${state}`,
      `${counts[state]}${state === 'pending' ? pendingDetail(pendingBytes, oldestArrivedAtMs, now) : ''}${state === 'refused' ? `, ${describeBytes(quarantineBytes)} in quarantine` : ''}`,
    ]),
    ['balance', describeGap(gap)],
    ['unkept', unkept === 0 ? '0' : `${unkept}: they died in a detector's memory, by the gaps in its numbers`],
    ['disk', `${describeBytes(usedBytes)} in use${isDiskFull ? '; FULL: the spool does not grow' : ''}`],
    ...Object.entries(status.service ?? {}).map(([key, value]): [string, string] => [key, describeValue(value)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join('');
}

export function describeGap(gap: DeskStatus['gap']): string {
  if (gap === 'unknown') return 'UNKNOWN: a damaged spool is being salvaged';
  return gap === 0 ? 'balances' : `DOES NOT BALANCE: ${gap} of the captured have no row`;
}

function pendingDetail(bytes: number, oldestMs: number | null, now: number): string {
  return oldestMs === null ? '' : `, ${describeBytes(bytes)}, the oldest for ${describeAge(now - oldestMs)}`;
}

export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

function describeAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(describeValue).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
