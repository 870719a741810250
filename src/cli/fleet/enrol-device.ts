import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode, UsageError } from '../../platform/sightline-error.ts';
import type { CommandIo } from '../command.ts';
import { bundle, deviceEnv, requireSecureBroker } from './bundle.ts';

const STDOUT = 1;

export interface EnrolOptions {
  readonly name: string;
  readonly broker: string;
  readonly prefix: string;
  /** Folder of the CA. */
  readonly pki: string;
  /** Where it has a valid certificate: another one, and revoke the former. */
  readonly isAgain: boolean;
  /** A new file for the bundle; undefined: standard output. */
  readonly out: string | undefined;
  readonly io: CommandIo;
  /** Would standard output show the key to whoever looks at the screen? */
  readonly isTerminal?: boolean;
}

/**
 * Gives a device its certificate and what it needs to join, once.
 * @throws UsageError when it has a valid certificate, or its key would go to a terminal; SightlineError when the file can't be made.
 */
export async function enrolDevice(options: EnrolOptions): Promise<void> {
  const { name, prefix, pki, isAgain, out, io, isTerminal = isatty(STDOUT) } = options;
  const env = deviceEnv({ device: name, broker: requireSecureBroker(options.broker), prefix });
  if (out === undefined && isTerminal)
    throw new UsageError(
      'fleet: enrol: Expected a pipe for the bundle, got a terminal: it holds the private key of the device',
      'Pipe it to the device (… | ssh gate-3 sudo deploy/edge/run.sh --bundle -), or into a file that only you can read: --out FILE.',
    );
  // The X.509 library is loaded only here.
  const { openAuthority } = await import('../pki/authority.ts');
  const authority = await openAuthority(pki);
  // Before anything is issued: a certificate whose bundle can't be written would only have to be revoked.
  const file = out === undefined ? undefined : openNew(out);
  try {
    const { ca, cert, key, issued } = await authority.enrolDevice(name, { again: isAgain });
    const text = bundle({ ca, cert, key, env });
    if (file === undefined) io.stdout(text);
    else writeFileSync(file, text);
    io.stderr(
      `${name} is enrolled until ${issued.notAfter.slice(0, 10)}. The bundle${out === undefined ? '' : ` in ${out}`} holds its private key, which is nowhere else: give it to the device and keep no copy.\n`,
    );
    if (isAgain) io.stderr('What it had before is revoked as soon as the broker has the new ca.crl.\n');
  } catch (error) {
    if (out !== undefined) rmSync(out, { force: true });
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** A file that is not there yet, for its owner alone. */
function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST')
      throw new UsageError(`fleet: --out: Expected a file that is not there yet, got ${path}`);
    throw new SightlineError(`Expected to write ${path}, got: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}
