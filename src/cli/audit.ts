import type { Config } from '../platform/config/schema.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../platform/sightline-error.ts';
import type { Command } from './command.ts';
import { type Flags, readFlags, usageFault } from './flags.ts';
import { HOURS_HELP, hourFlag } from './hours.ts';
import { type KeyFlags, keyLayer } from './key-flags.ts';

/** Flags that are keys of the configuration. */
const KEYS: KeyFlags = {
  store: ['store', 'url'],
  spool: ['spool', 'path'],
  'cloud-broker': ['cloud', 'broker'],
};

export const auditCommand: Command = {
  name: 'audit',
  summary: 'compare the ledger with the store: what is missing, doubled, unexpected',
  help: `Usage: sightline audit [flags]

Reads the ledger of the forwarder's spool, on the device, beside a running forwarder or without one, or over the cloud broker.
Lists the store, compares, and names every capture that is missing, doubled, unexpected or has other bytes. Nothing need be
stopped. Captures that it finds stored, and the ledger does not know so yet, it tells the forwarder.
Exit code 0: it balances; 5: it does not; 4: ledger or store can't be read.

  --device NAME      this device alone; where no spool is here that knows it, it is asked over the cloud broker
  --remote           ask over the cloud broker also where a spool is here
  --camera NAME      this camera alone
${HOURS_HELP}
                     (default: all that has a row in the ledger, and the last spool.keepDays days)
  --verify           read the bytes of every object and compare their SHA-256; else their size
  --read-only        tell the forwarder nothing
  --hours            the table by hour, not by day
  --json             one JSON object a line: findings, hours, and a summary at the end
  --store DIR|URL    where faces are: a folder, file:///… or s3://bucket/prefix (default: store.url)
  --spool DIR        folder of the spool (default: spool.path)
  --cloud-broker URL the broker that the device is connected to (default: cloud.broker)
  --config FILE      configuration (default: sightline.yaml, if there is one)
`,
  async run(args, io) {
    const strings = ['device', 'camera', 'from', 'to', 'config', ...Object.keys(KEYS)];
    const booleans = ['remote', 'verify', 'read-only', 'hours', 'json'];
    const flags = readFlags('audit', args, {
      ...Object.fromEntries(strings.map((flag) => [flag, 'string' as const])),
      ...Object.fromEntries(booleans.map((flag) => [flag, 'boolean' as const])),
    });
    const [from, to] = [hourFlag('audit', 'from', flags.text('from')), hourFlag('audit', 'to', flags.text('to'))];
    const { config } = loadConfig({ file: flags.text('config'), flags: keyLayer(KEYS, flags) });
    const device = flags.text('device');
    if (flags.has('remote') && device === undefined)
      throw usageFault('audit', '--remote: Expected --device NAME, got none');
    return run(config, flags, { from, to, device }, io);
  },
};

async function run(
  config: Config,
  flags: Flags,
  { from, to, device }: { from: string | undefined; to: string | undefined; device: string | undefined },
  io: Parameters<Command['run']>[1],
) {
  // What reads SQLite, MQTT and S3 is loaded only here.
  const [{ openLedger }, { openListing }, { audit }, { AuditReport }, { STORE_REQUESTS }] = await Promise.all([
    import('./audit/open-ledger.ts'),
    import('../cloud/image-processor/stores/open-store.ts'),
    import('./audit/audit-run.ts'),
    import('./audit/audit-report.ts'),
    import('./audit/recheck.ts'),
  ]);
  const { signal } = io;
  const store = await openListing(config.store, STORE_REQUESTS);
  const source = await openLedger({ config, device, isRemote: flags.has('remote'), signal });
  const report = new AuditReport({
    io,
    isJson: flags.has('json'),
    isByHour: flags.has('hours'),
    ledger: source.address,
    store: store.address,
  });
  try {
    await store.start();
    const totals = await audit({
      source,
      store,
      device,
      camera: flags.text('camera'),
      from,
      to,
      ownDevice: config.device,
      cloudDevice: config.cloud.device,
      isVerifying: flags.has('verify'),
      isSettling: !flags.has('read-only'),
      now: Date.now(),
      signal,
      onScope: (words) => report.begin(words),
      onFinding: (finding) => report.finding(finding),
    });
    report.end(totals);
    return report.isBalanced ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
  } catch (error) {
    if (signal.aborted) return EXIT_CODES.interrupted;
    throw explain(error);
  } finally {
    await store.stop();
    await source.close();
  }
}

/** A store that can't be read is the environment's fault, and nothing of ours to report. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error) || (error.name !== 'StoreError' && error.name !== 'LinkDownError')) return error;
  return new SightlineError(errorMessage(error), {
    hint: 'Nothing was found out. See store.url and its keys, and `sightline check-config`.',
    exitCode: EXIT_CODES.environment,
    cause: error,
  });
}
