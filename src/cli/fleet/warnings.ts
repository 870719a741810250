import type { CameraReport } from '../../contract/forwarder-stats.ts';
import type { DeviceReport } from './device-report.ts';
import type { Sighting } from './roster.ts';
import { age } from './words.ts';

/** A device that is there tells every minute. */
const SILENT_MS = 3 * 60_000;
/** Its clock is ahead of ours by more than a line can explain. */
const AHEAD_MS = 2 * 60_000;
const LAG_SECONDS = 5 * 60;
const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS = 30;

/** What of a device deserves a look, in words; the gravest first. */
export function warningsOf(
  report: Omit<DeviceReport, 'warnings'>,
  sighting: Readonly<Sighting> | undefined,
  nowMs: number,
): readonly string[] {
  return [
    ...presenceWarnings(report, sighting, nowMs),
    ...certificateWarnings(report, nowMs),
    ...spoolWarnings(report, sighting, nowMs),
    ...cameraWarnings(report, sighting),
  ];
}

function presenceWarnings(
  { state, lastSeenAt }: Omit<DeviceReport, 'warnings'>,
  sighting: Readonly<Sighting> | undefined,
  nowMs: number,
): string[] {
  if (state === 'never seen') return ['it was given a certificate and was never here'];
  const sinceMs = lastSeenAt === undefined ? 0 : nowMs - Date.parse(lastSeenAt);
  const warnings = [];
  if (state === 'offline')
    warnings.push(lastSeenAt === undefined ? 'it is away' : `it has been away for ${age(Math.max(0, sinceMs) / 1000)}`);
  if (state === 'unknown') warnings.push('it has left no status: may its forwarder publish it?');
  if (state !== 'offline' && !sighting?.stats)
    warnings.push(
      sighting?.isGarbled
        ? 'what it tells of itself can not be read'
        : 'it tells nothing of itself: may its forwarder publish stats?',
    );
  if (state === 'online' && sinceMs > SILENT_MS)
    warnings.push(
      `it is connected and has told nothing for ${age(sinceMs / 1000)}: it hangs, or its clock is behind by that`,
    );
  if (sinceMs < -AHEAD_MS) warnings.push(`its clock is ahead by ${age(-sinceMs / 1000)}`);
  if (sighting?.stats?.clockSynced === false) warnings.push('its clock is not known to be set');
  return warnings;
}

function certificateWarnings({ name, state, certificate }: Omit<DeviceReport, 'warnings'>, nowMs: number): string[] {
  if (!certificate) return [];
  if (certificate.isRevoked)
    return [
      state === 'online'
        ? 'its certificate is revoked, and it is connected: has the broker the new ca.crl?'
        : `its certificate is revoked: \`sightline fleet forget ${name}\` takes it off this list`,
    ];
  const days = Math.floor((Date.parse(certificate.endsAt ?? '') - nowMs) / DAY_MS);
  if (Number.isNaN(days) || days >= CERTIFICATE_DAYS) return [];
  return [days < 0 ? 'its certificate has expired: enrol it again' : `its certificate ends in ${days} days: renew it`];
}

function spoolWarnings(
  { spool, ledger, lagSeconds = 0, state }: Omit<DeviceReport, 'warnings'>,
  sighting: Readonly<Sighting> | undefined,
  nowMs: number,
): string[] {
  const { lastEvictedAt, lastRefusedAt, at } = sighting?.stats ?? {};
  // By its own clock as long as it tells, so that it need not agree with ours.
  const isRecent = (instant: string | undefined) =>
    instant !== undefined && at !== undefined && Math.min(Date.parse(at), nowMs) - Date.parse(instant) < DAY_MS;
  const warnings = [];
  if (spool?.isDiskFull) warnings.push('its disk is full: the spool does not grow');
  if (ledger?.gap)
    warnings.push(
      ledger.gap === 'unknown'
        ? 'its books are being salvaged from a damaged spool'
        : `its books do not balance: ${ledger.gap} captures are not accounted for`,
    );
  if (isRecent(lastEvictedAt))
    warnings.push(`captures were evicted within a day of its last word, ${ledger?.evicted ?? 0} in all`);
  if (isRecent(lastRefusedAt))
    warnings.push(`captures were refused within a day of its last word, ${ledger?.refused ?? 0} in all`);
  if (spool && spool.suspects > 0) warnings.push(`${spool.suspects} captures are set aside: they fail even alone`);
  if (spool && spool.oversize > 0) warnings.push(`${spool.oversize} captures are larger than the broker takes`);
  // Of one that is away it is known that all waits.
  if (state === 'online' && lagSeconds > LAG_SECONDS) warnings.push(`captures wait there for ${age(lagSeconds)}`);
  return warnings;
}

function cameraWarnings(
  { cameras = [], state }: Omit<DeviceReport, 'warnings'>,
  sighting: Readonly<Sighting> | undefined,
): string[] {
  const isBad = ({ state: camera }: CameraReport) => camera === 'down' || camera === 'away';
  const name = ({ device, id }: CameraReport) => (device === undefined ? id : `${device}/${id}`);
  const detector = sighting?.stats?.detectorAway ? ['its face-detector is away'] : [];
  // What it told before it went is of yesterday.
  if (state === 'offline') return [];
  return [
    ...detector,
    ...cameras
      .filter(isBad)
      .map((camera) => `camera ${name(camera)} is ${camera.state}: ${camera.reason ?? 'no reason told'}`),
  ];
}
