import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PkiFolder } from '../../../test/support/pki-folder.ts';

let folder: PkiFolder;
beforeEach(() => {
  folder = new PkiFolder();
});
afterEach(() => folder.remove());

describe('pki init', () => {
  it('makes a CA that only its owner can use, and leaves it be the next time', async () => {
    expect((await folder.pki('init', '--name', 'A "CA", of #7', '--years', '30')).stdout).toMatch(
      /^\S+: CN=.*, until 20/,
    );
    expect([folder.mode('pki'), folder.mode('pki', 'ca.key'), folder.mode('pki', 'index.json')]).toEqual([
      '700',
      '600',
      '600',
    ]);
    const first = folder.certificate('pki', 'ca.crt');
    expect(first.ca).toBe(true);
    expect(first.toLegacyObject().subject.CN).toBe('A "CA", of #7');
    expect(first.validToDate.getUTCFullYear()).toBe(new Date().getUTCFullYear() + 30);
    expect((await folder.pki('init')).stdout).toContain('already there');
    expect(folder.certificate('pki', 'ca.crt').fingerprint256).toBe(first.fingerprint256);
  });

  it('begins anew where it was interrupted, and never where something was issued', async () => {
    await folder.pki('init');
    rmSync(folder.at('pki', 'ca.crt'));
    expect((await folder.pki('init')).stdout).not.toContain('already there');
    await folder.pki('device', 'gate-3', '--out', folder.at('out'));
    expect(folder.verdict('sslclient', 'out')).toBe('');
    const key = readFileSync(folder.at('pki', 'ca.key'), 'utf8');
    rmSync(folder.at('pki', 'ca.crt'));
    expect(await folder.fault('init')).toMatch(/Expected .*ca\.crt to be there and readable, got: ENOENT/);
    expect(readFileSync(folder.at('pki', 'ca.key'), 'utf8')).toBe(key);
  });

  it.each([
    [['--years', '0'], /--years: Expected a number from 1 to 99, got "0"/],
    [['--name', ''], /--name: Expected 1 to 64 characters/],
    [['--ca-cert', 'x'], /Expected --ca-cert and --ca-key together/],
    [['now'], /init: Expected no name, got "now"/],
  ])('refuses %j', async (args, message) => {
    expect(await folder.fault('init', ...args)).toMatch(message);
  });
});

describe('a CA that was made elsewhere', () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder.at(), stdio: 'ignore' });

  /** A root, and an intermediate CA that it signed. */
  function makeChain(...kind: string[]): void {
    writeFileSync(
      folder.at('ext'),
      'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n',
    );
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=root',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-keyout',
      'root.key',
      '-out',
      'root.pem',
    );
    openssl(
      'req',
      '-newkey',
      ...kind,
      '-nodes',
      '-subj',
      '/C=DE/O=Ours/CN=middle',
      '-keyout',
      'middle.key',
      '-out',
      'csr',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'csr',
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-CAcreateserial',
      '-extfile',
      'ext',
      '-out',
      'middle.pem',
    );
    writeFileSync(
      folder.at('chain.pem'),
      readFileSync(folder.at('middle.pem'), 'utf8') + readFileSync(folder.at('root.pem'), 'utf8'),
    );
  }

  it.each([
    ['RSA', ['rsa:2048']],
    ['EC P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']],
    ['EC P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1']],
  ])('signs with its %s key, and its chain goes along', async (_, kind) => {
    makeChain(...kind);
    await folder.pki('init', '--ca-cert', folder.at('chain.pem'), '--ca-key', folder.at('middle.key'));
    expect(
      (await folder.pki('init', '--ca-cert', folder.at('chain.pem'), '--ca-key', folder.at('middle.key'))).stdout,
    ).toContain('already');
    await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    expect(folder.verdict('sslclient', 'gate-3')).toBe('');
    // Who trusts the root alone is given the rest.
    expect(readFileSync(folder.at('gate-3', 'tls.crt'), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await folder.pki('revoke', 'gate-3');
    expect(folder.verdict('sslclient', 'gate-3')).toContain('certificate revoked');
  });

  /** A root of these properties, as `root.pem` and `root.key`. */
  function makeRoot(keyUsage: string, ...validity: string[]): void {
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', 'root.key');
    openssl('req', '-new', '-key', 'root.key', '-subj', '/CN=root', '-out', 'root.csr');
    writeFileSync(folder.at('root.ext'), `basicConstraints=critical,CA:true\n${keyUsage}subjectKeyIdentifier=hash\n`);
    writeFileSync(folder.at('root.db'), '');
    writeFileSync(
      folder.at('root.cnf'),
      '[ca]\ndefault_ca=x\n[x]\ndatabase=root.db\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n',
    );
    const made = ['-selfsign', '-keyfile', 'root.key', '-in', 'root.csr', '-out', 'root.pem', '-notext', '-batch'];
    openssl('ca', '-config', 'root.cnf', '-extfile', 'root.ext', ...made, ...validity);
  }

  it.each<[string, string, string[], RegExp]>([
    [
      'may not sign lists',
      'keyUsage=critical,keyCertSign\n',
      ['-days', '9'],
      /may sign revocation lists, got a keyUsage w/,
    ],
    ['may not sign at all', 'keyUsage=critical,cRLSign\n', ['-days', '9'], /got one that may not sign others/],
    [
      'has expired',
      'keyUsage=critical,keyCertSign,cRLSign\n',
      ['-startdate', '200101000000Z', '-enddate', '210101000000Z'],
      /root\.pem that is still valid, but CN=root was until 2021-01-01T00:00:00Z/,
    ],
    [
      'is of the future',
      'keyUsage=critical,keyCertSign,cRLSign\n',
      ['-startdate', '490101000000Z', '-enddate', '491231000000Z'],
      /root\.pem that is valid already, but CN=root will be from 2049-01-01T00:00:00Z/,
    ],
  ])('is refused where it %s', async (_, keyUsage, validity, message) => {
    makeRoot(keyUsage, ...validity);
    const given = ['--ca-cert', folder.at('root.pem'), '--ca-key', folder.at('root.key')];
    expect(await folder.fault('init', ...given)).toMatch(message);
    expect(existsSync(folder.at('pki', 'ca.crt'))).toBe(false);
  });

  it('is taken where it does not say what it may sign', async () => {
    makeRoot('', '-days', '9');
    await folder.pki('init', '--ca-cert', folder.at('root.pem'), '--ca-key', folder.at('root.key'));
    await folder.pki('device', 'gate-3', '--out', folder.at('gate-3'));
    await folder.pki('revoke', 'gate-3');
    expect(existsSync(folder.at('pki', 'ca.crl'))).toBe(true);
  });

  it('is refused with another key, without its root, with a passphrase, and beside another CA', async () => {
    makeChain('rsa:2048');
    const give = (cert: string, key: string) =>
      folder.fault('init', '--ca-cert', folder.at(cert), '--ca-key', folder.at(key));
    expect(await give('chain.pem', 'root.key')).toMatch(
      /Expected .*root\.key to be the key of .*chain\.pem, got another one/,
    );
    expect(await give('middle.pem', 'middle.key')).toMatch(/Expected .*middle\.pem to go up to a root/);
    expect(await give('ext', 'middle.key')).toMatch(/Expected a PEM certificate in .*ext, got none/);
    openssl('rsa', '-aes128', '-passout', 'pass:x', '-in', 'middle.key', '-out', 'locked.key');
    expect(await give('chain.pem', 'locked.key')).toMatch(/Expected a PEM private key without a passphrase/);
    await folder.pki('init');
    expect(await give('chain.pem', 'middle.key')).toMatch(
      /Expected no other CA in .*, got one: it is never overwritten/,
    );
  });
});

describe('a folder that is damaged', () => {
  beforeEach(async () => {
    await folder.pki('init');
  });

  it.each([
    ['index.json', '{', /Expected .*index\.json to say what was issued, got no JSON/],
    [
      'index.json',
      '{"version":1,"certificates":[{}]}',
      /index\.json to say what was issued, got certificates\.0\.serial/,
    ],
    ['index.json', '{"version":2}', /Expected .*index\.json of version 1, got 2: a newer Sightline wrote it/],
    ['ca.key', 'x', /Expected a PEM private key without a passphrase in .*ca\.key/],
    ['ca.crt', 'x', /Expected a PEM certificate in .*ca\.crt, got none/],
  ])('is told by its file: %s with %s', async (file, text, message) => {
    writeFileSync(folder.at('pki', file), text);
    expect(await folder.fault('device', 'gate-3', '--out', folder.at('x'))).toMatch(message);
    expect(readFileSync(folder.at('pki', file), 'utf8')).toBe(text);
  });

  it.skipIf(process.getuid?.() !== 0)("is left alone by root where it is another user's", async () => {
    chownSync(folder.at('pki'), 10_001, 10_001);
    expect(await folder.fault('device', 'gate-3', '--out', folder.at('x'))).toMatch(
      /Expected to be the user that \S+ belongs to \(uid 10001\), got root/,
    );
  });

  it.skipIf(process.getuid?.() === 0)('or may not be written', async () => {
    chmodSync(folder.at('pki'), 0o500);
    expect(await folder.fault('device', 'gate-3', '--out', folder.at('x'))).toMatch(
      /Expected a folder that can be written/,
    );
    chmodSync(folder.at('pki'), 0o700);
  });
});
