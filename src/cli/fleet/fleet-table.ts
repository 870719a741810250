import { styleText } from 'node:util';
import type { CameraReport } from '../../contract/forwarder-stats.ts';
import { describeBytes } from '../spool/show-status.ts';
import type { DeviceReport } from './device-report.ts';
import { age } from './words.ts';

const TITLES = ['device', 'state', 'seen', 'version', 'lag', 'spool', 'cameras', 'certificate'] as const;
/** What a device has not told. */
const UNTOLD = '–';
const CAMERA_ORDER = ['up', 'down', 'away', 'off', 'ended'] as const;

/** A line for each device, and below it what deserves a look; in colours only on a terminal: styleText looks for itself. */
export function fleetTable(reports: readonly DeviceReport[], nowMs: number): string {
  const rows = reports.map((report) => cells(report, nowMs));
  const widths = TITLES.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (mark: string, row: readonly string[]) =>
    `${mark} ${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  const blocks = reports.map((report, index) => {
    const mark = report.warnings.length === 0 ? styleText('green', '✓') : styleText('yellow', '!');
    return `${line(mark, rows[index] ?? [])}${report.warnings.map((words) => `    ${words}\n`).join('')}`;
  });
  return `${line(' ', TITLES)}${blocks.join('')}`;
}

/** How many there are, of each state, and how many deserve a look. */
export function fleetSummary(reports: readonly DeviceReport[], leftOut: number): string {
  const states = ['online', 'offline', 'unknown', 'never seen'] as const;
  const counts = states
    .map((state) => [state, reports.filter((report) => report.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state === 'unknown' ? 'without a status' : state}`);
  const faulty = reports.filter(({ warnings }) => warnings.length > 0).length;
  const look = faulty === 0 ? 'all is well' : `${faulty} ${faulty === 1 ? 'deserves' : 'deserve'} a look`;
  const more = leftOut === 0 ? '' : ` (and more devices than can be listed: ${leftOut} messages passed over)`;
  return `${reports.length} ${reports.length === 1 ? 'device' : 'devices'}: ${counts.join(', ')}; ${look}${more}\n`;
}

function cells(report: DeviceReport, nowMs: number): string[] {
  const { name, state, lastSeenAt, version = UNTOLD, lagSeconds, spool, cameras, certificate } = report;
  return [
    name,
    state,
    lastSeenAt === undefined ? UNTOLD : age((nowMs - Date.parse(lastSeenAt)) / 1000),
    version,
    lagSeconds === undefined ? UNTOLD : age(lagSeconds),
    spool ? `${spool.captures}${spool.captures === 0 ? '' : `, ${describeBytes(spool.bytes)}`}` : UNTOLD,
    cameras ? describeCameras(cameras) : UNTOLD,
    certificate?.isRevoked ? 'revoked' : (certificate?.endsAt?.slice(0, 10) ?? UNTOLD),
  ];
}

function describeCameras(cameras: readonly CameraReport[]): string {
  if (cameras.length === 0) return 'none';
  return CAMERA_ORDER.map((state) => [cameras.filter((camera) => camera.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`)
    .join(', ');
}
