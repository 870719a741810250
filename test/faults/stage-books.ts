import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../support/eventually.ts';
import { sightline } from '../support/sightline.ts';
import type { Emitted } from './capture-images.ts';
import type { StoredBytes } from './object-eyes.ts';
import type { SupervisedService } from './supervised-service.ts';
import type { Bound, LedgerCounts } from './verdict.ts';

const MIB = 2 ** 20;
/** A process of Node with all that a service loads, what it may hold of captures, and what its collector leaves lying. */
const SERVICE_BYTES = 320 * MIB;

/** A forwarder's rows, counted; undefined while it does not answer. */
export async function ledgerOf(forwarder: SupervisedService): Promise<LedgerCounts | undefined> {
  const [pending, ...settled] = await Promise.all([
    forwarder.metric('spool_captures'),
    ...['stored', 'refused', 'evicted', 'released'].map((state) =>
      forwarder.metric(`spool_settled_captures{state="${state}"}`),
    ),
  ]);
  if (pending === undefined || settled.some((count) => count === undefined)) return undefined;
  const [stored = 0, refused = 0, evicted = 0, released = 0] = settled as number[];
  return { pending, stored, refused, evicted, released };
}

/** Is nothing pending, and has so much been settled? */
export function isSettled(ledger: LedgerCounts | undefined, captures: number): boolean {
  if (!ledger || ledger.pending > 0) return false;
  return ledger.stored + ledger.refused + ledger.evicted + ledger.released >= captures;
}

/** What `sightline audit` finds, beside the running services; '' when it balances. */
export async function auditOf(cwd: string, config: string, spool: string): Promise<string> {
  const args = ['--config', config, '--spool', spool, '--read-only'];
  const { code, stdout, stderr } = await sightline({ cwd }, 'audit', ...args);
  return code === 0 ? '' : `sightline audit ended with ${code}: ${stdout.slice(-400)} ${stderr.slice(-300)}`;
}

/** Waits for the session in which a broker keeps bare images for a forwarder: before its first subscription none does. */
export async function bareSession(forwarder: SupervisedService): Promise<void> {
  await eventually(
    () => forwarder.metric('mqtt_connected{service="forwarder",broker="edge-bare"}'),
    (isUp) => isUp === 1,
    60_000,
  );
}

/** Hashes of the bare images that the store does not have. */
export function bareMissing(emitted: readonly Emitted[], objects: readonly StoredBytes[]): string[] {
  const stored = new Set(objects.map(({ bytes }) => sha256Hex(bytes)));
  return emitted.filter(({ id, sha256 }) => id === undefined && !stored.has(sha256)).map(({ sha256 }) => sha256);
}

/** What was used, and what may be. */
export function boundsOf(
  services: readonly SupervisedService[],
  spoolBytes: number,
  maxSpoolBytes = 512 * MIB,
): Bound[] {
  const memory = services.map(({ name, peakRssBytes }) => ({
    of: `${name}: memory`,
    bytes: peakRssBytes,
    maxBytes: SERVICE_BYTES,
  }));
  return [...memory, { of: 'spool: disk', bytes: spoolBytes, maxBytes: maxSpoolBytes }];
}

/** Most memory of each kind of service. */
export function peakMiBOf(services: readonly SupervisedService[]): Record<string, number> {
  const peaks: Record<string, number> = {};
  for (const { name, peakRssBytes } of services)
    peaks[name] = Math.max(peaks[name] ?? 0, Math.round(peakRssBytes / MIB));
  return peaks;
}
