import { join, resolve } from 'node:path';
import { EXIT_CODES, type ExitCode } from '../platform/exit-codes.ts';
import type { Command, CommandIo } from './command.ts';
import { type Flags, readFlags, usageFault } from './flags.ts';
import type { Authority, Credentials } from './pki/authority.ts';
import { handOver, tellShortLife } from './pki/hand-over.ts';
import { describeIssued, expiring, issuedAsJson } from './pki/list-issued.ts';
import { prepareCredentialsFolder, writeCredentials } from './pki/write-credentials.ts';

const DEFAULT_EXPIRING_DAYS = 30;

interface Work {
  readonly authority: Authority;
  /** What follows the order on the command line. */
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly io: CommandIo;
}

const ORDERS: Readonly<Record<string, (work: Work) => Promise<void>>> = {
  server: async (work) => {
    requireWords('server', work.words, 0);
    await issue(work, () => work.authority.issueServer(work.flags.list('host')));
  },
  processor: async (work) => {
    requireWords('processor', work.words, 0);
    await issue(work, () => work.authority.issueProcessor());
  },
  operator: async (work) => {
    requireWords('operator', work.words, 0);
    await issue(work, () => work.authority.issueOperator());
  },
  device: async (work) => {
    const [name = ''] = requireWords('device', work.words, 1);
    await issue(work, () => work.authority.issueDevice(name));
  },
  renew,
  revoke,
  list,
};

export const pkiCommand: Command = {
  name: 'pki',
  summary: 'a private CA: certificates for devices, brokers and processors, and their revocation',
  help: `Usage: sightline pki init | server | processor | operator | device | renew | revoke | list [flags]

A CA of your own in a folder. Whoever has the folder can let anybody in: keep it on one machine, and a copy offline.

  init [--name TEXT] [--years N]      make the CA (default: "Sightline CA", 10 years); one that is there stays
  init --ca-cert FILE --ca-key FILE   take one that was made elsewhere, which may sign certificates and revocation lists
                                      (keyCertSign, cRLSign); the file of an intermediate CA goes on up to its root
  server --host NAME_OR_IP [--host …] --out DIR   for a broker, by all the names that it is reached by
  processor --out DIR                 for image-processors, all of one site: @image-processor
  operator --out DIR                  for fleet, audit and doctor from the cloud: @operator
  device NAME --out DIR               for one device; in one line with its address: sightline fleet enrol
  renew NAME --out DIR                a new certificate and key for a name; the former stays valid until it expires
  renew --expiring [DAYS] --out DIR   for every name that has at most so many days left (default ${DEFAULT_EXPIRING_DAYS}), each in DIR/NAME
  revoke NAME | SERIAL                all certificates of a name, or one: give the new ca.crl to the broker
  list [--json]                       what was issued: name, role, until when, revoked; --json: one a line

  --pki DIR      folder of the CA (default: ./pki)
  --out DIR      gets ca.crt, tls.crt, tls.key (0600), and for a server ca.crl; what is there is replaced. The key is kept
                 nowhere else

Devices' certificates are valid for two years, the others for one; all from a day ago, for clocks that are behind.
`,
  async run(args, io) {
    const flags = readFlags(
      'pki',
      args,
      {
        pki: 'string',
        out: 'string',
        host: 'list',
        name: 'string',
        years: 'string',
        'ca-cert': 'string',
        'ca-key': 'string',
        expiring: 'boolean',
        json: 'boolean',
      },
      { min: 1, max: 2, what: `one of init, ${Object.keys(ORDERS).join(', ')}` },
    );
    const [name = '', ...words] = flags.positionals;
    const folder = resolve(flags.text('pki') ?? 'pki');
    if (name === 'init') return init(folder, words, flags, io);
    const order = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
    if (!order)
      throw usageFault('pki', `Expected one of init, ${Object.keys(ORDERS).join(', ')}, got ${JSON.stringify(name)}`);
    // The X.509 library is loaded only here.
    const { openAuthority } = await import('./pki/authority.ts');
    await order({ authority: await openAuthority(folder), words, flags, io });
    return EXIT_CODES.ok;
  },
};

async function init(folder: string, words: readonly string[], flags: Flags, io: CommandIo): Promise<ExitCode> {
  requireWords('init', words, 0);
  const [certFile, keyFile] = [flags.text('ca-cert'), flags.text('ca-key')];
  const { createAuthority } = await import('./pki/create-authority.ts');
  if ((certFile === undefined) !== (keyFile === undefined))
    throw usageFault('pki', 'init: Expected --ca-cert and --ca-key together, got one of them');
  const order =
    certFile !== undefined && keyFile !== undefined
      ? ({ type: 'given', certFile: resolve(certFile), keyFile: resolve(keyFile) } as const)
      : ({ type: 'new', name: caName(flags), years: caYears(flags) } as const);
  const { isNew, name, notAfter } = await createAuthority(folder, order);
  const until = notAfter.toISOString().slice(0, 10);
  io.stdout(`${folder}: ${isNew ? '' : 'already there: '}${name}, until ${until}\n`);
  return EXIT_CODES.ok;
}

async function renew(work: Work): Promise<void> {
  const { authority, flags, io, words } = work;
  const out = outFolder(flags);
  if (!flags.has('expiring')) {
    const [name = ''] = requireWords('renew', words, 1);
    await issue(work, () => authority.renew(name));
    return;
  }
  const [text = String(DEFAULT_EXPIRING_DAYS)] = words;
  if (!/^\d{1,5}$/.test(text))
    throw usageFault('pki', `--expiring: Expected a number of days, got ${JSON.stringify(text)}`);
  const due = expiring(await authority.list(), Number(text), Date.now());
  for (const { name } of due) await issue(work, () => authority.renew(name), join(out, name));
  if (due.length === 0) io.stderr(`No certificate ends within ${text} days.\n`);
}

async function revoke({ authority, io, words }: Work): Promise<void> {
  const [what = ''] = requireWords('revoke', words, 1);
  const revoked = await authority.revoke(what);
  for (const { name, serial } of revoked) io.stdout(`revoked ${name} ${serial}\n`);
  io.stderr(
    revoked.length === 0
      ? `Nothing to revoke: ${what} has no valid certificate.\n`
      : `The list is ${join(authority.folder, 'ca.crl')}: it counts once the broker has it.\n`,
  );
}

async function list({ authority, flags, io, words }: Work): Promise<void> {
  requireWords('list', words, 0);
  const register = await authority.list();
  io.stdout((flags.has('json') ? issuedAsJson : describeIssued)(register, Date.now()));
}

/** Issues into a folder that was seen to take files, and says so: what is issued and can't be written would only have to be revoked. */
async function issue(
  { authority, flags, io }: Work,
  make: () => Promise<Credentials>,
  out = outFolder(flags),
): Promise<void> {
  const takeBack = prepareCredentialsFolder(out);
  const credentials = await make().catch((error: unknown) => {
    takeBack();
    throw error;
  });
  const { name, role, notAfter } = credentials.issued;
  await handOver(authority, credentials, () => writeCredentials(out, credentials, { withList: role === 'server' }));
  io.stdout(`${out}: ${name} (${role}), until ${notAfter.slice(0, 10)}\n`);
  tellShortLife(credentials, io);
}

function outFolder(flags: Flags): string {
  const out = flags.text('out');
  if (out === undefined) throw usageFault('pki', 'Expected --out DIR for the certificate and its key, got none');
  return resolve(out);
}

function requireWords(order: string, words: readonly string[], count: 0 | 1): readonly string[] {
  if (words.length === count) return words;
  throw usageFault(
    'pki',
    count === 0 ? `${order}: Expected no name, got ${JSON.stringify(words[0])}` : `${order}: Expected a name, got none`,
  );
}

function caName(flags: Flags): string {
  const name = flags.text('name') ?? 'Sightline CA';
  if (/^\P{Cc}{1,64}$/u.test(name)) return name;
  throw usageFault('pki', `--name: Expected 1 to 64 characters, got ${JSON.stringify(name)}`);
}

function caYears(flags: Flags): number {
  const text = flags.text('years') ?? '10';
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1) return Number(text);
  throw usageFault('pki', `--years: Expected a number from 1 to 99, got ${JSON.stringify(text)}`);
}
