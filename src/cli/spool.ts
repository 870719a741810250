import { resolve } from 'node:path';
import { loadConfig } from '../platform/config.ts';
import type { SpoolDesk } from '../platform/desk/spool-desk.ts';
import { EXIT_CODES, type ExitCode } from '../platform/exit-codes.ts';
import { UsageError } from '../platform/sightline-error.ts';
import type { Command, CommandIo } from './command.ts';
import { type Flags, readFlags, usageFault } from './flags.ts';
import { HOURS_HELP } from './hours.ts';
import { exportCaptures } from './spool/export-captures.ts';
import { listCaptures } from './spool/list-captures.ts';
import { countCaptures, orderCaptures } from './spool/order-captures.ts';
import { readSelection, SELECTION_FLAGS } from './spool/selection.ts';
import { describeBytes, describeStatus } from './spool/show-status.ts';

const DEFAULT_LIMIT = 100;

interface Work {
  readonly desk: SpoolDesk;
  readonly isServed: boolean;
  readonly folder: string;
  readonly flags: Flags;
  readonly io: CommandIo;
}

const ORDERS: Readonly<Record<string, (work: Work) => Promise<ExitCode>>> = {
  status: showStatus,
  list,
  export: exportTo,
  retry,
  drop,
};

export const spoolCommand: Command = {
  name: 'spool',
  summary: 'show, take out, retry or give up what the forwarder keeps on disk',
  help: `Usage: sightline spool status | list | export | retry | drop [ID…] [flags]

Works on the device, beside a running forwarder and without one.

  status             counts, bytes, the oldest, whether the books balance
  list               captures, one a line, in order of arrival
  export ID… --to FOLDER   write their images to a folder; what is there already stays
  retry ID…          send again at once: what was set aside, and what was refused and is in quarantine
  drop ID… --yes     give up for good: evicted (operator), bytes overwritten

Instead of ids, some of:
  --state S[,S]      pending, held, stored, refused, evicted, released
  --device NAME  --camera NAME
${HOURS_HELP} (not with export)

  --limit N          list: at most so many (default ${DEFAULT_LIMIT}; 0: all)
  --json             list, status: JSON, one capture a line
  --recount          status: count all rows anew
  --spool DIR        folder of the spool (default: spool.path)
  --outbox           the face-detector's outbox on disk instead
  --config FILE      configuration (default: sightline.yaml, if there is one)
`,
  async run(args, io) {
    const flags = readFlags(
      'spool',
      args,
      {
        ...SELECTION_FLAGS,
        limit: 'string',
        json: 'boolean',
        recount: 'boolean',
        yes: 'boolean',
        spool: 'string',
        outbox: 'boolean',
        config: 'string',
      },
      { min: 1, max: Number.POSITIVE_INFINITY, what: `one of ${Object.keys(ORDERS).join(', ')}` },
    );
    const [name = ''] = flags.positionals;
    const order = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
    if (!order)
      throw usageFault('spool', `Expected one of ${Object.keys(ORDERS).join(', ')}, got ${JSON.stringify(name)}`);
    const { folder, minFreeBytes } = placeOf(flags);
    // SQLite and what the spool needs are loaded only here.
    const { openDesk } = await import('./spool/open-desk.ts');
    const { desk, isServed, close } = await openDesk(folder, minFreeBytes);
    try {
      return await order({ desk, isServed, folder, flags, io });
    } finally {
      await close();
    }
  },
};

async function showStatus({ desk, isServed, folder, flags, io }: Work): Promise<ExitCode> {
  const status = flags.has('recount') ? await desk.recount() : await desk.status();
  io.stdout(flags.has('json') ? `${JSON.stringify(status)}\n` : describeStatus(folder, isServed, status, Date.now()));
  return status.gap === 0 ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
}

async function list({ desk, flags, io }: Work): Promise<ExitCode> {
  const text = flags.text('limit') ?? String(DEFAULT_LIMIT);
  if (!/^\d{1,9}$/.test(text)) throw usageFault('spool', `--limit: Expected a number, got ${JSON.stringify(text)}`);
  const limit = Number(text) || Number.POSITIVE_INFINITY;
  await listCaptures(desk, readSelection(flags), { limit, isJson: flags.has('json'), io });
  return EXIT_CODES.ok;
}

async function exportTo({ desk, flags, io }: Work): Promise<ExitCode> {
  const folder = flags.text('to');
  if (folder === undefined) throw usageFault('spool', 'export: Expected --to FOLDER, got none');
  requireSelected(flags, 'export');
  return exportCaptures(desk, readSelection(flags, false), folder, io);
}

async function retry({ desk, isServed, flags, io }: Work): Promise<ExitCode> {
  requireSelected(flags, 'retry');
  const captures = await orderCaptures(desk, readSelection(flags), 'retry');
  io.stdout(`${captures} to be sent again${isServed ? '' : ' once the forwarder runs'}\n`);
  return EXIT_CODES.ok;
}

async function drop({ desk, flags, io }: Work): Promise<ExitCode> {
  requireSelected(flags, 'drop');
  const selection = readSelection(flags);
  if (!flags.has('yes')) {
    const { captures, bytes } = await countCaptures(desk, selection, 'drop');
    throw new UsageError(
      `spool: drop: Expected --yes to give up ${captures} captures (${describeBytes(bytes)}) for good, got none`,
      '`sightline spool export … --to FOLDER` takes their images out first.',
    );
  }
  io.stdout(`${await orderCaptures(desk, selection, 'drop')} dropped\n`);
  return EXIT_CODES.ok;
}

/** Nobody means the whole spool by saying nothing. */
function requireSelected({ positionals, text }: Flags, order: string): void {
  if (positionals.length > 1 || ['state', 'device', 'camera'].some((flag) => text(flag) !== undefined)) return;
  throw usageFault('spool', `${order}: Expected ids, --state, --device or --camera, got nothing`);
}

/** @throws UsageError when an outbox is asked for, and none is on disk. */
function placeOf(flags: Flags): { readonly folder: string; readonly minFreeBytes: number } {
  const { config } = loadConfig({ file: flags.text('config') });
  const given = flags.text('spool');
  if (!flags.has('outbox'))
    return { folder: resolve(given ?? config.spool.path), minFreeBytes: config.spool.minFreeBytes };
  const { type, path, minFreeBytes } = config.outbox;
  if (given === undefined && type !== 'disk')
    throw usageFault('spool', `--outbox: Expected outbox.type to be disk, got ${type}: it ends with the face-detector`);
  return { folder: resolve(given ?? path), minFreeBytes };
}
