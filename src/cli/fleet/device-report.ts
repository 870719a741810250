import type { CameraReport, ForwarderStats } from '../../contract/forwarder-stats.ts';
import type { Issued } from '../pki/register.ts';
import type { Sighting } from './roster.ts';
import { warningsOf } from './warnings.ts';

/** How one device stands, as it is listed. Instants in ISO 8601, by the device's clock. */
export interface DeviceReport {
  readonly name: string;
  /** `never seen`: it has a certificate, and was never connected. */
  readonly state: 'online' | 'offline' | 'unknown' | 'never seen';
  readonly lastSeenAt?: string;
  readonly startedAt?: string;
  /** Of the forwarder, without its name. */
  readonly version?: string;
  /** How long the oldest capture that waits there has waited, until now; 0: none waits. */
  readonly lagSeconds?: number;
  readonly spool?: {
    readonly captures: number;
    readonly bytes: number;
    readonly freeBytes?: number;
    readonly isDiskFull: boolean;
    readonly suspects: number;
    readonly oversize: number;
  };
  readonly ledger?: {
    readonly captured: number;
    readonly stored: number;
    readonly refused: number;
    readonly evicted: number;
    readonly gap?: number | 'unknown';
  };
  readonly cameras?: readonly CameraReport[];
  readonly certificate?: CertificateReport;
  /** What deserves a look, in words; none: all is well. */
  readonly warnings: readonly string[];
}

export interface CertificateReport {
  readonly endsAt?: string;
  readonly isRevoked?: true;
}

export interface DeviceFacts {
  readonly name: string;
  readonly sighting: Readonly<Sighting> | undefined;
  /** What the folder of the CA says of this name, oldest first; undefined: there is no such folder here. */
  readonly issued: readonly Issued[] | undefined;
  readonly nowMs: number;
}

export function reportDevice({ name, sighting, issued, nowMs }: DeviceFacts): DeviceReport {
  const { status, stats } = sighting ?? {};
  const certificate = certificateOf(stats, issued);
  const report: Omit<DeviceReport, 'warnings'> = {
    name,
    state: sighting ? (status ?? 'unknown') : 'never seen',
    ...(stats ? describe(stats, nowMs) : {}),
    ...(certificate ? { certificate } : {}),
  };
  return { ...report, warnings: warningsOf(report, sighting, nowMs) };
}

function describe(stats: ForwarderStats, nowMs: number): Partial<DeviceReport> {
  const { at, startedAt, software, counts, captured, gap, cameras } = stats;
  const lag = lagSeconds(stats, nowMs);
  return {
    lastSeenAt: at,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(software === undefined ? {} : { version: versionOf(software) }),
    ...(lag === undefined ? {} : { lagSeconds: lag }),
    ...(counts ? { spool: spoolOf(stats, counts) } : {}),
    ...(counts && captured !== undefined
      ? {
          ledger: {
            captured,
            stored: counts.stored ?? 0,
            refused: counts.refused ?? 0,
            evicted: counts.evicted ?? 0,
            ...(gap === undefined ? {} : { gap }),
          },
        }
      : {}),
    ...(cameras === undefined ? {} : { cameras }),
  };
}

function spoolOf(
  stats: ForwarderStats,
  counts: NonNullable<ForwarderStats['counts']>,
): NonNullable<DeviceReport['spool']> {
  const { pendingBytes = 0, freeBytes, isDiskFull = false, suspects = 0, oversize = 0 } = stats;
  return {
    captures: counts.pending ?? 0,
    bytes: pendingBytes,
    ...(freeBytes === undefined ? {} : { freeBytes }),
    ...{ isDiskFull, suspects, oversize },
  };
}

/** By the device's own clock up to what it told, so that a wrong one changes nothing; by ours from there. */
function lagSeconds({ at, oldestArrivedAtMs }: ForwarderStats, nowMs: number): number | undefined {
  if (oldestArrivedAtMs === undefined) return undefined;
  if (oldestArrivedAtMs === null) return 0;
  const toldMs = Date.parse(at);
  return Math.max(0, Math.round((toldMs - oldestArrivedAtMs + Math.max(0, nowMs - toldMs)) / 1000));
}

/** What it has in use; what the CA's folder says where it does not tell. */
function certificateOf(
  stats: ForwarderStats | undefined,
  issued: readonly Issued[] | undefined,
): CertificateReport | undefined {
  const valid = issued?.filter(({ revokedAt }) => revokedAt === undefined) ?? [];
  const isRevoked = issued !== undefined && issued.length > 0 && valid.length === 0;
  const endsAt = stats?.certificateEndsAt ?? valid.at(-1)?.notAfter;
  if (endsAt === undefined && !isRevoked) return undefined;
  return { ...(endsAt === undefined ? {} : { endsAt }), ...(isRevoked ? { isRevoked } : {}) };
}

/** `Sightline 0.1.0` is 0.1.0; somebody else's software keeps its name. */
export function versionOf(software: string): string {
  return software.replace(/^Sightline /, '');
}
