import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode, UsageError } from '../../platform/sightline-error.ts';
import type { CommandIo } from '../command.ts';
import type { Authority, Credentials } from '../pki/authority.ts';
import { handOver, tellShortLife } from '../pki/hand-over.ts';
import { bundle, deviceEnv, requireSecureBroker } from './bundle.ts';

const STDOUT = 1;

export interface EnrolOptions {
  readonly name: string;
  readonly broker: string;
  readonly prefix: string;
  /** Folder of the CA. */
  readonly pki: string;
  /** Where it has a valid certificate: another one, and revoke the former once the bundle is out. */
  readonly isAgain: boolean;
  /** A new file for the bundle; undefined: standard output. */
  readonly out: string | undefined;
  readonly io: CommandIo;
  /** Would standard output show the key to whoever looks at the screen? */
  readonly isTerminal?: boolean;
}

/**
 * Gives a device its certificate and what it needs to join, once.
 * @throws UsageError when it has a valid certificate, or its key would go to a terminal; SightlineError when the bundle can't be
 * written: then what was issued is revoked, and what the device had before is as it was.
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
  let credentials: Credentials;
  try {
    credentials = await authority.enrolDevice(name, { again: isAgain });
    const text = bundle({ ...credentials, env });
    await handOver(authority, credentials, async () => (file === undefined ? deliver(text, io) : write(file, text)));
  } catch (error) {
    if (out !== undefined) rmSync(out, { force: true });
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  io.stderr(
    `${name} is enrolled until ${credentials.issued.notAfter.slice(0, 10)}. The bundle${out === undefined ? '' : ` in ${out}`} holds its private key, which is nowhere else: give it to the device and keep no copy.\n`,
  );
  tellShortLife(credentials, io);
  if (credentials.former.length > 0) await revokeFormer(authority, credentials);
  if (isAgain) io.stderr('What it had before is revoked as soon as the broker has the new ca.crl.\n');
}

async function revokeFormer(authority: Authority, { former }: Credentials): Promise<void> {
  await authority.revokeThese(former).catch((cause: unknown) => {
    throw new SightlineError(`Expected to revoke what the device had before, but: ${errorMessage(cause)}`, {
      hint: `The new bundle is good. Revoke the former: ${former.map(({ serial }) => `\`sightline pki revoke ${serial}\``).join(', ')}`,
      exitCode: EXIT_CODES.environment,
      cause,
    });
  });
}

async function deliver(text: string, io: CommandIo): Promise<void> {
  await io.deliver(text).catch((cause: unknown) => {
    throw notWritten('standard output', cause);
  });
}

function write(file: number, text: string): void {
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (cause) {
    throw notWritten('the file', cause);
  }
}

function notWritten(where: string, cause: unknown): SightlineError {
  return new SightlineError(`Expected ${where} to take the bundle, got: ${errorMessage(cause)}`, {
    hint: 'Its certificate was issued and is revoked again; what the device had before stays as it was. Try again.',
    exitCode: EXIT_CODES.environment,
    cause,
  });
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
