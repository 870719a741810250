import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError, UsageError } from '../../platform/sightline-error.ts';

export interface AuthorityFiles {
  /** PEM of the CA's certificate, and of those above it. */
  readonly ca: string;
  /** PEM. */
  readonly key: string;
}

/**
 * Reads and checks what a CA signs with.
 * @throws UsageError where there is no CA; SightlineError where a file is missing, unreadable or of another CA.
 */
export function readAuthorityFiles(folder: string): AuthorityFiles {
  const [certFile, keyFile] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
  if (isMissing(certFile) && isMissing(keyFile))
    throw new UsageError(
      `Expected a CA in ${folder}, got none`,
      'Make one with `sightline pki init`, or name its folder with --pki.',
    );
  const files = { ca: readText(certFile), key: readText(keyFile) };
  checkAuthority(files, { certFile, keyFile });
  return files;
}

/**
 * Can these two sign for others, and do they belong together?
 * @throws SightlineError that names the file.
 */
export function checkAuthority(
  { ca, key }: AuthorityFiles,
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
): void {
  const chain = readChain(ca, certFile);
  const [own] = chain;
  const top = chain.at(-1);
  if (!own?.ca)
    throw new SightlineError(`Expected the certificate of a CA in ${certFile}, got one that may not sign others`);
  if (!own.checkPrivateKey(readKey(key, keyFile)))
    throw new SightlineError(`Expected ${keyFile} to be the key of ${certFile}, got another one`, {
      hint: 'The certificate of the key comes first in its file, those above it after it.',
    });
  chain.slice(1).forEach((issuer, index) => {
    if (!chain[index]?.checkIssued(issuer))
      throw new SightlineError(
        `Expected each certificate in ${certFile} to be signed by the next one, got one that is not: ${chain[index]?.subject}`,
      );
  });
  if (top && !isSelfSigned(top))
    throw new SightlineError(
      `Expected ${certFile} to go up to a root, got a last certificate that ${top.issuer} signed`,
      {
        hint: 'Add that one at the end: who trusts a CA needs the whole chain.',
      },
    );
}

/**
 * Is each certificate of a CA's PEM valid now? Without one of them none that the CA signs would be.
 * @throws SightlineError that names the file.
 */
export function requireValidNow(ca: string, certFile: string, nowMs: number): void {
  for (const { subject, validFromDate, validToDate } of readChain(ca, certFile)) {
    const name = subject.replaceAll('\n', ', ');
    if (validToDate.getTime() < nowMs)
      throw new SightlineError(
        `Expected a CA in ${certFile} that is still valid, but ${name} was until ${iso(validToDate)}`,
        {
          hint: 'Have it renewed where it was made, or make one of your own: `sightline pki init` without --ca-cert.',
        },
      );
    if (validFromDate.getTime() > nowMs)
      throw new SightlineError(
        `Expected a CA in ${certFile} that is valid already, but ${name} will be from ${iso(validFromDate)}`,
        { hint: "Look at this machine's clock." },
      );
  }
}

function iso(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

/** Those of a CA's PEM that are neither the root nor self-signed: who knows the root alone needs them with each certificate. */
export function intermediates(ca: string): string {
  return pemBlocks(ca)
    .filter((block) => !isSelfSigned(new X509Certificate(block)))
    .join('');
}

/** False also where this user may not look. */
function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function readChain(text: string, file: string): readonly X509Certificate[] {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) throw new SightlineError(`Expected a PEM certificate in ${file}, got none`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new SightlineError(`Expected a PEM certificate in ${file}, got: ${errorMessage(cause)}`, { cause });
  }
}

function readKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new SightlineError(
      `Expected a PEM private key without a passphrase in ${file}, got: ${errorMessage(cause)}`,
      { cause },
    );
  }
}

function pemBlocks(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate);
}

/** @throws SightlineError where it is missing or unreadable. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SightlineError(`Expected ${file} to be there and readable, got: ${errorMessage(cause)}`, {
      hint: 'Run it as the user that the folder belongs to, or take what is missing from its backup.',
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}
