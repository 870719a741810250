import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { makeFolder } from '../../platform/make-folder.ts';
import { errorMessage, SightlineError, UsageError } from '../../platform/sightline-error.ts';
import {
  type AuthorityFiles,
  checkAuthority,
  readAuthorityFiles,
  readText,
  requireValidNow,
} from './authority-files.ts';
import { makeCa, maySignLists, readSigner } from './certificate-maker.ts';
import { withFolderLock } from './folder-lock.ts';
import { readRegister, writeRegister } from './register.ts';
import { bringListUpToDate } from './revocation-list.ts';
import { lastingYears } from './validity.ts';
import { writeWhole } from './write-file.ts';

export interface NewAuthority {
  readonly type: 'new';
  readonly name: string;
  readonly years: number;
}

/** One that was made elsewhere: its certificate, followed by those above it up to the root. */
export interface GivenAuthority {
  readonly type: 'given';
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CreatedAuthority {
  /** False: one was there, and stays. */
  readonly isNew: boolean;
  readonly name: string;
  readonly notAfter: Date;
}

/**
 * Makes the folder of a CA; one that is there is never touched.
 * @param now Milliseconds since 1970.
 * @throws SightlineError where the folder holds half a CA or can't be written; where another CA is given than is there, a UsageError.
 */
export async function createAuthority(
  folder: string,
  order: NewAuthority | GivenAuthority,
  now = Date.now,
): Promise<CreatedAuthority> {
  prepareFolder(folder);
  return withFolderLock(folder, async () => {
    const isNew = !hasAuthority(folder);
    const wanted = order.type === 'given' ? readGiven(order) : await makeNew(order, now());
    if (isNew && order.type === 'given') requireUsable(wanted.ca, order.certFile, now());
    if (isNew) await write(folder, wanted, now());
    const { ca } = readAuthorityFiles(folder);
    if (order.type === 'given' && !isSame(ca, wanted.ca))
      throw new UsageError(
        `Expected no other CA in ${folder}, got one: it is never overwritten`,
        'Name another folder with --pki.',
      );
    const certificate = new X509Certificate(ca);
    return { isNew, name: certificate.subject.replaceAll('\n', ', '), notAfter: certificate.validToDate };
  });
}

function prepareFolder(folder: string): void {
  try {
    makeFolder(folder, 0o700);
    // A folder that was there for this, such as a volume, and nothing else is in it.
    if (readdirSync(folder).length === 0) chmodSync(folder, 0o700);
  } catch (cause) {
    throw new SightlineError(`Expected to make the folder ${folder}, but: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}

/** Whether a CA was made here. One that was interrupted has no certificate yet, and a register without entries. */
function hasAuthority(folder: string): boolean {
  const has = (file: string) => existsSync(join(folder, file));
  if (has('ca.crt')) return true;
  return has('index.json') ? readRegister(folder).length > 0 : has('ca.key');
}

function readGiven({ certFile, keyFile }: GivenAuthority): AuthorityFiles {
  const given = { ca: readText(certFile), key: readText(keyFile) };
  checkAuthority(given, { certFile, keyFile });
  return { ca: given.ca, key: createPrivateKey(given.key).export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** What of a CA shows only when a broker refuses what it signed. */
function requireUsable(ca: string, certFile: string, nowMs: number): void {
  requireValidNow(ca, certFile, nowMs);
  if (!maySignLists(ca))
    throw new SightlineError(
      `Expected the certificate of a CA in ${certFile} that may sign revocation lists, got a keyUsage without cRLSign`,
      {
        hint: 'Have it made with keyUsage keyCertSign and cRLSign: a broker lets nobody in with a list that its CA may not sign.',
      },
    );
}

async function makeNew({ name, years }: NewAuthority, nowMs: number): Promise<AuthorityFiles> {
  const { cert, key } = await makeCa(name, lastingYears(nowMs, years));
  return { ca: cert, key };
}

/** The register first and the certificate last: without it there is no CA yet. */
async function write(folder: string, { ca, key }: AuthorityFiles, nowMs: number): Promise<void> {
  const notAfter = new X509Certificate(ca).validToDate;
  writeRegister(folder, []);
  await bringListUpToDate(folder, readSigner(ca, key), [], { nowMs, notAfter });
  writeWhole(join(folder, 'ca.key'), key, 0o600);
  writeWhole(join(folder, 'ca.crt'), ca, 0o644);
}

function isSame(one: string, other: string): boolean {
  return new X509Certificate(one).fingerprint256 === new X509Certificate(other).fingerprint256;
}
