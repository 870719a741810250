import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { SightlineError } from '../../platform/sightline-error.ts';

x509.cryptoProvider.set(webcrypto);

interface Signature {
  readonly name: string;
  readonly hash: string;
  readonly namedCurve?: string;
}

const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** RFC 5280, appendix A: a common name has at most 64 characters. */
const MAX_COMMON_NAME = 64;

/** A CA that can sign: its certificate as PEM, and its key. */
export interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly signature: Signature;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafOrder extends Validity {
  readonly serial: string;
  readonly commonName: string;
  /** Whom it proves itself to: a server's certificate never opens a door to a client, nor the other way round. */
  readonly usage: 'client' | 'server';
  readonly hosts: readonly string[];
}

export interface Revocation {
  readonly serial: string;
  readonly revokedAt: Date;
}

/** PEM texts of a certificate and of its own key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** 126 random bits in 32 hexadecimal digits, positive and without leading zeros (RFC 5280 §4.1.2.2). */
export function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** A CA that signs itself: EC P-256, and no CA below it. */
export async function makeCa(name: string, { notBefore, notAfter }: Validity): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: commonNameOf(name),
    notBefore,
    notAfter,
    signingAlgorithm: EC_P256,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem('CERTIFICATE', certificate), key: keyPem(keys.privateKey) };
}

/**
 * A CA from its PEM texts; of several certificates the first.
 * @throws SightlineError where the key is of a kind that can't sign here.
 */
export function readSigner(certPem: string, caKeyPem: string): Signer {
  const key = createPrivateKey(caKeyPem);
  const signature = signatureOf(key);
  return {
    certificate: new x509.X509Certificate(certPem),
    key: key.toCryptoKey(signature, false, ['sign']),
    signature,
  };
}

/** May this CA sign revocation lists? One that does not say what it is for may (RFC 5280 §4.2.1.3). */
export function maySignLists(certPem: string): boolean {
  const usages = new x509.X509Certificate(certPem).getExtension(x509.KeyUsagesExtension)?.usages;
  return usages === undefined || (usages & x509.KeyUsageFlags.cRLSign) !== 0;
}

/** A certificate and a new EC P-256 key, signed by the CA. */
export async function makeLeaf(ca: Signer, order: LeafOrder): Promise<Pair> {
  const { serial, commonName, usage, hosts, notBefore, notAfter } = order;
  const keys = await webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
  const purpose = usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const names = hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: ca.certificate.subjectName,
    // A longer host is in the alternative names, which alone count.
    subject: commonNameOf(commonName.slice(0, MAX_COMMON_NAME)),
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: ca.signature,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purpose]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await issuerKeyId(ca),
    ],
  });
  return { cert: pem('CERTIFICATE', certificate), key: keyPem(keys.privateKey) };
}

/** The list of what was revoked, as PEM. It has to be as good as the CA: a broker with an expired list lets nobody in. */
export async function makeRevocationList(
  ca: Signer,
  revoked: readonly Revocation[],
  validity: Validity,
): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: ca.certificate.subjectName,
    thisUpdate: validity.notBefore,
    nextUpdate: validity.notAfter,
    signingAlgorithm: ca.signature,
    signingKey: ca.key,
    // Without a reason the library writes an empty list of extensions, which the standard does not know.
    entries: revoked.map(({ serial, revokedAt }) => ({
      serialNumber: serial,
      revocationDate: revokedAt,
      reason: x509.X509CrlReason.privilegeWithdrawn,
    })),
    extensions: [await issuerKeyId(ca)],
  });
  return pem('X509 CRL', list);
}

/**
 * Serials on a list; undefined where another CA signed it.
 * @throws what the library says of something that is no list.
 */
export async function serialsOn(list: string, ca: Signer): Promise<readonly string[] | undefined> {
  const parsed = new x509.X509Crl(list);
  if (!(await parsed.verify({ publicKey: ca.certificate }))) return undefined;
  return parsed.entries.map(({ serialNumber }) => serialNumber.toLowerCase());
}

/** As the CA names its key itself: a CA made elsewhere may have derived that in another way. */
async function issuerKeyId(ca: Signer): Promise<x509.Extension> {
  const own = ca.certificate.getExtension(x509.SubjectKeyIdentifierExtension);
  return own
    ? new x509.AuthorityKeyIdentifierExtension(own.keyId)
    : x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey);
}

function signatureOf(key: KeyObject): Signature {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return EC_P256;
  if (type === 'ec' && details?.namedCurve === 'secp384r1')
    return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  throw new SightlineError(
    `Expected the key of a CA to be EC P-256, EC P-384 or RSA, got ${details?.namedCurve ?? type}`,
  );
}

/** As text that stands for itself: the library reads quotes and # in a plain one as marks. */
function commonNameOf(name: string): x509.Name {
  return new x509.Name([{ CN: [{ utf8String: name }] }]);
}

/** RFC 7468: the library calls a list CRL, which OpenSSL does not read. */
function pem(label: 'CERTIFICATE' | 'X509 CRL', data: x509.X509Certificate | x509.X509Crl): string {
  const lines =
    Buffer.from(data.rawData)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
