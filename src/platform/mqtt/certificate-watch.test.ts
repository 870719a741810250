import { copyFileSync, writeFileSync } from 'node:fs';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PkiFolder } from '../../../test/support/pki-folder.ts';
import { configSchema } from '../config/schema.ts';
import { Metrics } from '../metrics.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { LinkFaults } from './link-faults.ts';

const DAY_MS = 86_400_000;

let folder: PkiFolder;
let metrics: Metrics;
let lines: { level: number; msg: string; broker: string; certificate?: string; daysLeft?: number; reason?: string }[];
let nowMs: number;
let faults: LinkFaults;

beforeEach(async () => {
  folder = new PkiFolder();
  await folder.pki('init', '--years', '5');
  await folder.issue('gate-3', 'device', 'gate-3');
  metrics = new Metrics();
  lines = [];
  nowMs = Date.now();
  faults = new LinkFaults();
});
afterEach(() => folder.remove());

/** The watch of a link whose certificates are in a folder. */
function watchOf(
  name = 'gate-3',
  files: readonly string[] = ['ca.crt', 'tls.crt', 'tls.key'],
  { link = 'cloud', broker = 'mqtts://localhost:8883' } = {},
): CertificateWatch {
  const [ca, cert, key] = files.map((file) => folder.at(name, file));
  const config = configSchema.parse({ cloud: { broker, ca, cert, key } }).cloud;
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return new CertificateWatch({ name: link, service: 'test', config, log, metrics, faults, now: () => nowMs });
}

async function expiryOf(certificate: string): Promise<number | undefined> {
  const text = await metrics.expose();
  const label = `{service="test",broker="cloud",certificate="${certificate}"}`;
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`sightline_certificate_expiry_timestamp_seconds${label}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const endMs = (...path: string[]) => folder.certificate(...path).validToDate.getTime();

it('tells as a metric when the own certificate, the CA and that of the broker end', async () => {
  const watch = watchOf();
  watch.look();
  expect(await expiryOf('client')).toBe(endMs('gate-3', 'tls.crt') / 1000);
  expect(await expiryOf('ca')).toBe(endMs('pki', 'ca.crt') / 1000);
  expect(await expiryOf('broker')).toBeUndefined();
  watch.connected(nowMs + 400 * DAY_MS);
  expect(await expiryOf('broker')).toBe((nowMs + 400 * DAY_MS) / 1000);
  expect(lines).toEqual([]);
});

it('of two CAs tells of the one that ends first', async () => {
  const other = new PkiFolder();
  await other.pki('init', '--years', '1');
  writeFileSync(
    folder.at('gate-3', 'ca.crt'),
    [folder, other].map((each) => each.certificate('pki', 'ca.crt')).join(''),
  );
  watchOf().look();
  expect(await expiryOf('ca')).toBe(other.certificate('pki', 'ca.crt').validToDate.getTime() / 1000);
  other.remove();
});

it('warns from thirty days ahead, once a day, and until it is renewed; once it is over that is an error', async () => {
  const watch = watchOf();
  const end = endMs('gate-3', 'tls.crt');
  const lookAt = (daysLeft: number) => {
    lines = [];
    nowMs = end - daysLeft * DAY_MS;
    watch.look();
    return lines.map(({ level, certificate, daysLeft: left }) => [level, certificate, left]);
  };
  expect(lookAt(30.1)).toEqual([]);
  expect(lookAt(29.9)).toEqual([[40, 'client', 29]]);
  expect(lines[0]?.msg).toContain('sightline pki renew NAME');
  expect(lookAt(29.5)).toEqual([]);
  expect(lookAt(28.8)).toEqual([[40, 'client', 28]]);
  expect(lookAt(-0.1)).toEqual([[50, 'client', undefined]]);
  await folder.issue('renewed', 'renew', 'gate-3');
  for (const file of ['tls.crt', 'tls.key']) copyFileSync(folder.at('renewed', file), folder.at('gate-3', file));
  // Both were made within a second, so that the new one ends at most a second later.
  nowMs = Date.now();
  lines = [];
  watch.look();
  expect(lines).toEqual([]);
});

it('warns of the certificate that the broker showed', () => {
  const watch = watchOf();
  watch.connected(nowMs + 10.5 * DAY_MS);
  expect(lines).toMatchObject([{ level: 40, certificate: 'broker', daysLeft: 10 }]);
  expect(lines[0]?.msg).toContain('let the broker read it again');
});

it('tells it once for all links of a service to one broker, and counts one series for each certificate', async () => {
  const links = ['cloud', 'cloud-captures', 'cloud-bare-1', 'cloud-bare-2'];
  const watches = links.map((link) => watchOf('gate-3', undefined, { link }));
  nowMs = endMs('gate-3', 'tls.crt') - DAY_MS;
  for (const watch of watches) {
    watch.start();
    watch.connected(nowMs + 2 * DAY_MS);
  }
  expect(lines).toMatchObject([
    { broker: 'cloud', certificate: 'client' },
    { broker: 'cloud', certificate: 'broker' },
  ]);
  expect((await metrics.expose()).match(/^sightline_certificate_expiry_timestamp_seconds\{.*(?=\} )/gm)).toHaveLength(
    3,
  );
  // The broker has another one by now, and one of the links was there since.
  watches[0]?.connected(nowMs + 400 * DAY_MS);
  expect(await expiryOf('broker')).toBe((nowMs + 400 * DAY_MS) / 1000);
  for (const watch of watches) watch.stop();
  watchOf('gate-3', undefined, { broker: 'mqtts://other:8883' }).look();
  expect(lines.map(({ certificate }) => certificate)).toEqual(['client', 'broker', 'client']);
});

it('tells of spoiled files once for all links', () => {
  writeFileSync(folder.at('gate-3', 'tls.key'), '');
  for (const link of ['edge', 'edge-bare']) watchOf('gate-3', undefined, { link }).look();
  expect(lines).toMatchObject([{ level: 50, broker: 'edge' }]);
});

it.each([
  ['no certificate', 'tls.crt', 'x', /^cert: Expected a PEM certificate in \S+tls\.crt, got none$/],
  [
    'half a certificate',
    'tls.crt',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    /^cert: Expected a PEM certificate in \S+tls\.crt, got one that can't be read/,
  ],
  ['no key', 'tls.key', '', /^key: Expected a PEM private key without a passphrase in \S+tls\.key, got/],
  ['no CA', 'ca.crt', 'x', /^ca: Expected PEM certificates in \S+ca\.crt, got none$/],
])('goes on with a file that is %s, and tells it once', (_, file, text, reason) => {
  const watch = watchOf();
  watch.look();
  writeFileSync(folder.at('gate-3', file), text);
  watch.look();
  watch.look();
  expect(lines).toMatchObject([{ level: 50, broker: 'cloud', reason: expect.stringMatching(reason) }]);
});

it('tells of a key that belongs to another certificate', async () => {
  await folder.issue('other', 'processor');
  copyFileSync(folder.at('other', 'tls.key'), folder.at('gate-3', 'tls.key'));
  watchOf().look();
  expect(lines[0]?.reason).toMatch(
    /^key: Expected the key of the certificate \S+tls\.crt, got another one in \S+tls\.key$/,
  );
});

it('needs nothing, and tells nothing, without TLS', async () => {
  watchOf('gate-3', []).connected(undefined);
  expect(await metrics.expose()).not.toContain('certificate_expiry');
  expect(lines).toEqual([]);
});
