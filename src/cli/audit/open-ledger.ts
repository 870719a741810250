import { resolve } from 'node:path';
import type { Config } from '../../platform/config/schema.ts';
import { createLog } from '../../platform/log.ts';
import { usageFault } from '../flags.ts';
import { hasSpool, openDesk } from '../spool/open-desk.ts';
import { DeskLedger } from './desk-ledger.ts';
import { LedgerAsker } from './ledger-asker.ts';
import type { LedgerSource } from './ledger-source.ts';
import { RemoteLedger } from './remote-ledger.ts';

export interface OpenLedgerOptions {
  readonly config: Config;
  readonly device: string | undefined;
  /** Ask over the cloud broker also where a spool is here. */
  readonly isRemote: boolean;
  readonly signal: AbortSignal;
}

/**
 * The ledger to be audited: the spool's here, if there is one and it knows the device; else the device is asked over the cloud broker.
 * @throws SightlineError
 */
export async function openLedger({ config, device, isRemote, signal }: OpenLedgerOptions): Promise<LedgerSource> {
  const local = isRemote ? undefined : await openLocal(config, device);
  if (local) return local;
  if (device === undefined) {
    throw usageFault(
      'audit',
      `Expected a spool in ${resolve(config.spool.path)}, or a device to ask over the cloud broker, got neither; give --spool DIR or --device NAME`,
    );
  }
  const asker = new LedgerAsker({ config, device, log: createLog({ level: 'silent', format: 'json' }) });
  try {
    await asker.start(signal);
  } catch (error) {
    await asker.stop();
    throw error;
  }
  return new RemoteLedger({ asker, prefix: config.topicPrefix });
}

async function openLocal(config: Config, device: string | undefined): Promise<LedgerSource | undefined> {
  const folder = resolve(config.spool.path);
  if (!hasSpool(folder)) return undefined;
  const opened = await openDesk(folder, config.spool.minFreeBytes);
  const isKnown = device === undefined || device === config.device || (await opened.desk.hours({ device })).length > 0;
  if (isKnown) return new DeskLedger({ opened, folder, keepDays: config.spool.keepDays });
  await opened.close();
  return undefined;
}
