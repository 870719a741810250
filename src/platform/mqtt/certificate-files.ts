import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LinkConfig } from '../config/schema.ts';
import { errorMessage, UsageError } from '../sightline-error.ts';

export interface CertificateFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** When a link's certificates end, in milliseconds since 1970: of several in a file the first to end. */
export interface CertificateEnds {
  readonly ca?: number;
  readonly client?: number;
}

/** Reads the TLS files that are configured; called once at start too, so that a wrong path is told before anything runs. */
export function readCertificates(link: LinkConfig): CertificateFiles {
  const files: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const field of ['ca', 'cert', 'key'] as const) {
    const path = link[field];
    if (path === undefined) continue;
    try {
      files[field] = readFileSync(path);
    } catch (cause) {
      throw new UsageError(
        `${field}: Expected a PEM file for ${new URL(link.broker).host}, got ${errorMessage(cause)}`,
      );
    }
  }
  return files;
}

/**
 * Whether the files are what they should be, and belong together: TLS itself says so in words of its own, or not at all.
 * @throws UsageError that names the file.
 */
export function checkCertificates(link: LinkConfig, { ca, cert, key }: CertificateFiles): CertificateEnds {
  const roots = ca && readBlocks(ca, `ca: Expected PEM certificates in ${link.ca}`);
  const [own] = cert ? readBlocks(cert, `cert: Expected a PEM certificate in ${link.cert}`) : [];
  if (own && !key) throw new UsageError(`key: Expected the key of the certificate ${link.cert}, got none`);
  if (key && !own) throw new UsageError(`cert: Expected the certificate of the key ${link.key}, got none`);
  if (own && key && !own.checkPrivateKey(readKey(key, link.key)))
    throw new UsageError(
      `key: Expected the key of the certificate ${link.cert}, got another one in ${link.key}`,
      'They are issued together.',
    );
  return {
    ...(roots ? { ca: Math.min(...roots.map(({ validToDate }) => validToDate.getTime())) } : {}),
    ...(own ? { client: own.validToDate.getTime() } : {}),
  };
}

function readBlocks(file: Buffer, expectation: string): readonly X509Certificate[] {
  const blocks = file
    .toString('latin1')
    .match(/-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[^-]+-----END \1-----/g);
  if (!blocks) throw new UsageError(`${expectation}, got none`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new UsageError(`${expectation}, got one that can't be read: ${errorMessage(cause)}`);
  }
}

function readKey(file: Buffer, path: string | undefined) {
  try {
    return createPrivateKey(file);
  } catch (cause) {
    throw new UsageError(
      `key: Expected a PEM private key without a passphrase in ${path}, got: ${errorMessage(cause)}`,
    );
  }
}
