import { resolve } from 'node:path';
import { isName } from '../contract/names.ts';
import type { Config } from '../platform/config/schema.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT_CODES, type ExitCode } from '../platform/exit-codes.ts';
import type { Command, CommandIo } from './command.ts';
import { type Flags, readFlags, usageFault } from './flags.ts';
import { type KeyFlags, keyLayer } from './key-flags.ts';

/** Flags that are keys of the configuration. */
const KEYS: KeyFlags = {
  'cloud-broker': ['cloud', 'broker'],
  'topic-prefix': ['topicPrefix'],
};
/** Forwarders that leave nothing behind tell every 10 s. */
const DEFAULT_WAIT_SECONDS = 12;
const MAX_WAIT_SECONDS = 3600;

interface Work {
  readonly config: Config;
  readonly flags: Flags;
  readonly io: CommandIo;
}

const ORDERS: Readonly<Record<string, (name: string, work: Work) => Promise<ExitCode>>> = { enrol, forget };

export const fleetCommand: Command = {
  name: 'fleet',
  summary: 'list the devices: last seen, version, lag, spool, cameras, certificate; enrol the next one',
  help: `Usage: sightline fleet [enrol NAME | forget NAME] [flags]

Lists every device that has told of itself on the cloud broker, also those that are away, and says below each what deserves a
look. Needs the broker and an operator's certificate: cloud.broker, cloud.ca, cloud.cert, cloud.key. Changes nothing.
Exit code 0: all is well; 5: something deserves a look, or there is no device; 4: the broker can't be reached.

  --faulty           only devices that deserve a look
  --wait SECONDS     for a device that is there and has told nothing of itself yet (default: ${DEFAULT_WAIT_SECONDS})
  --json             one JSON object a line: devices, and a summary at the end
  --pki DIR          folder of the CA: devices that never came, revoked certificates (default: ./pki, if there is one)
  --cloud-broker URL the broker that the devices are connected to (default: cloud.broker)
  --topic-prefix P   first level of all topics (default: topicPrefix)
  --config FILE      configuration (default: sightline.yaml, if there is one)

  enrol NAME --broker mqtts://HOST:PORT
                     give the next device its certificate: writes a bundle to standard output, once, for
                     deploy/edge/run.sh --bundle. Works on the CA's folder alone and needs no connection
  --again            the device has a valid one: make another, and revoke the former
  --out FILE         into a new file that only you can read

  forget NAME        take a device that is gone for good off the list: clears its status and stats on the broker, and
                     whatever else it had retained there
`,
  async run(args, io) {
    const strings = ['wait', 'pki', 'broker', 'out', 'config', ...Object.keys(KEYS)];
    const booleans = ['faulty', 'json', 'again'];
    const flags = readFlags(
      'fleet',
      args,
      {
        ...Object.fromEntries(strings.map((flag) => [flag, 'string' as const])),
        ...Object.fromEntries(booleans.map((flag) => [flag, 'boolean' as const])),
      },
      { max: 2, what: 'order and name' },
    );
    const { config } = loadConfig({ file: flags.text('config'), flags: keyLayer(KEYS, flags) });
    const [order, name] = flags.positionals;
    if (order === undefined) return list({ config, flags, io });
    const run = Object.hasOwn(ORDERS, order) ? ORDERS[order] : undefined;
    if (!run)
      throw usageFault('fleet', `Expected one of ${Object.keys(ORDERS).join(', ')}, got ${JSON.stringify(order)}`);
    if (name === undefined || !isName(name))
      throw usageFault(
        'fleet',
        `${order}: Expected a device name of 1 to 48 of a-z, 0-9 and -, got ${JSON.stringify(name ?? '')}`,
      );
    return run(name, { config, flags, io });
  },
};

async function list({ config, flags, io }: Work): Promise<ExitCode> {
  const waitMs = readWait(flags) * 1000;
  // MQTT is loaded only here.
  const { listFleet, pkiAtHand } = await import('./fleet/list-fleet.ts');
  return interruptible(io, () =>
    listFleet({
      broker: { link: config.cloud, prefix: config.topicPrefix },
      pki: pkiAtHand(flags.text('pki')),
      waitMs,
      isJson: flags.has('json'),
      isFaultyOnly: flags.has('faulty'),
      io,
    }),
  );
}

async function enrol(name: string, { config, flags, io }: Work): Promise<ExitCode> {
  const broker = flags.text('broker');
  if (broker === undefined)
    throw usageFault('fleet', 'enrol: Expected --broker mqtts://HOST:PORT, the cloud broker for the device, got none');
  const { enrolDevice } = await import('./fleet/enrol-device.ts');
  const out = flags.text('out');
  await enrolDevice({
    name,
    broker,
    prefix: config.topicPrefix,
    pki: resolve(flags.text('pki') ?? 'pki'),
    isAgain: flags.has('again'),
    out: out === undefined ? undefined : resolve(out),
    io,
  });
  return EXIT_CODES.ok;
}

async function forget(name: string, { config, io }: Work): Promise<ExitCode> {
  const { forgetDevice } = await import('./fleet/forget-device.ts');
  return interruptible(io, async () => {
    const cleared = await forgetDevice({ link: config.cloud, prefix: config.topicPrefix }, name, io.signal);
    io.stdout(
      cleared === 0 ? `${name} had left nothing on the broker\n` : `${name} is forgotten (${cleared} topics cleared)\n`,
    );
    io.stderr(`Its certificate is another matter: \`sightline pki revoke ${name}\`.\n`);
    return EXIT_CODES.ok;
  });
}

async function interruptible({ signal }: CommandIo, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) return EXIT_CODES.interrupted;
    throw error;
  }
}

function readWait(flags: Flags): number {
  const text = flags.text('wait') ?? String(DEFAULT_WAIT_SECONDS);
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= MAX_WAIT_SECONDS) return seconds;
  throw usageFault('fleet', `--wait: Expected seconds from 0 to ${MAX_WAIT_SECONDS}, got ${JSON.stringify(text)}`);
}
