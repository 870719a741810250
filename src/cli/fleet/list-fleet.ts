import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, type ExitCode } from '../../platform/exit-codes.ts';
import type { CommandIo } from '../command.ts';
import { type Issued, readRegister } from '../pki/register.ts';
import { callRoll, type FleetBroker } from './call-roll.ts';
import { reportDevice } from './device-report.ts';
import { fleetSummary, fleetTable } from './fleet-table.ts';

const NAMES = new Intl.Collator('en', { numeric: true });

export interface ListOptions {
  readonly broker: FleetBroker;
  /** Folder of the CA that devices were enrolled with; undefined: none is at hand. */
  readonly pki: string | undefined;
  readonly waitMs: number;
  readonly isJson: boolean;
  /** Only those that deserve a look. */
  readonly isFaultyOnly: boolean;
  readonly io: CommandIo;
}

/** Lists the fleet, by name. Exit code 5 when a device deserves a look, or there is none. */
export async function listFleet({ broker, pki, waitMs, isJson, isFaultyOnly, io }: ListOptions): Promise<ExitCode> {
  const register = pki === undefined ? undefined : readRegister(pki).filter(({ role }) => role === 'device');
  const issued = Map.groupBy(register ?? [], ({ name }) => name);
  const { sightings, leftOut } = await callRoll(broker, waitMs, io.signal);
  const nowMs = Date.now();
  const names = new Set([...sightings.keys(), ...neverGivenUp(issued)]);
  const all = [...names]
    .sort(NAMES.compare)
    .map((name) =>
      reportDevice({ name, sighting: sightings.get(name), issued: register && (issued.get(name) ?? []), nowMs }),
    );
  const faulty = all.filter(({ warnings }) => warnings.length > 0);
  const listed = isFaultyOnly ? faulty : all;
  if (isJson) {
    for (const report of listed) io.stdout(`${JSON.stringify(report)}\n`);
    io.stdout(`${JSON.stringify({ summary: { devices: all.length, faulty: faulty.length, leftOut } })}\n`);
  } else if (all.length === 0) {
    io.stdout(`No device has told of itself on ${broker.prefix}/+/status: right broker, prefix and access rules?\n`);
  } else {
    if (listed.length > 0) io.stdout(`${fleetTable(listed, nowMs)}\n`);
    io.stdout(fleetSummary(all, leftOut));
  }
  // None at all is what a wrong prefix or a login without rights looks like.
  return all.length > 0 && faulty.length === 0 && leftOut === 0 ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
}

/** Names that were given a certificate and may still come. */
function neverGivenUp(issued: ReadonlyMap<string, readonly Issued[]>): readonly string[] {
  return [...issued].filter(([, all]) => all.some(({ revokedAt }) => revokedAt === undefined)).map(([name]) => name);
}

/** The folder that is meant: the one that was named, else `pki` here, if there is a CA in it. */
export function pkiAtHand(named: string | undefined): string | undefined {
  return named ?? (existsSync(join('pki', 'index.json')) ? 'pki' : undefined);
}
