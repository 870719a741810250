import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DOCTOR_CAMERA } from '../../contract/self-test.ts';
import { DeskClient } from '../../platform/desk/desk-client.ts';
import { openSpoolDesk } from '../../platform/desk/open-spool-desk.ts';
import type { SpoolDesk } from '../../platform/desk/spool-desk.ts';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { SightlineError } from '../../platform/sightline-error.ts';
import { INDEX_FILE } from '../../platform/spool/database.ts';
import { Spool } from '../../platform/spool/spool.ts';

/** Nobody looks into a spool and finds it emptied: whatever bounds the service has, here nothing is evicted, folded or cleared out. */
const BOUNDLESS = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  quarantineMaxBytes: Number.MAX_SAFE_INTEGER,
  keepDays: 36_500,
  passingCameras: [DOCTOR_CAMERA],
} as const;

export interface OpenedDesk {
  readonly desk: SpoolDesk;
  /** A running service holds the spool; false: this process has it open meanwhile. */
  readonly isServed: boolean;
  close(): Promise<void>;
}

/** Is there a spool in this folder? Looks, and makes nothing. */
export function hasSpool(folder: string): boolean {
  return existsSync(join(folder, INDEX_FILE));
}

/**
 * The desk of the spool in a folder: of the service that holds it or, where none runs, of the spool itself, opened here and closed again.
 * @param minFreeBytes Of its disk, as the service has it.
 * @throws SightlineError when there is none, another program has it, or it is another user's.
 */
export async function openDesk(folder: string, minFreeBytes: number): Promise<OpenedDesk> {
  if (!hasSpool(folder)) {
    throw new SightlineError(`Expected a spool in ${folder}, got none`, {
      hint: 'Run it on the device (in its container), and name the folder with spool.path or --spool.',
      exitCode: EXIT_CODES.environment,
    });
  }
  const client = await DeskClient.connect(folder);
  if (client) return { desk: client, isServed: true, close: async () => client.close() };
  requireOwner(folder);
  const spool = new Spool({ ...BOUNDLESS, folder, minFreeBytes });
  await spool.start().catch((cause: unknown) => {
    if (!(cause instanceof SightlineError)) throw cause;
    throw new SightlineError(cause.message, {
      hint: `${cause.hint ?? ''} A service that has just begun answers in a moment: try again.`.trim(),
      exitCode: cause.exitCode,
      cause,
    });
  });
  return { desk: openSpoolDesk({ spool }), isServed: false, close: () => spool.stop() };
}

/** Files that another user makes here, root above all, would keep the service out of its own spool. */
function requireOwner(folder: string): void {
  const { uid } = statSync(folder);
  const own = process.getuid?.();
  if (own === undefined || own === uid) return;
  throw new SightlineError(`Expected to be the user that the spool ${folder} belongs to (uid ${uid}), got uid ${own}`, {
    hint: `No service has it open, so it would be opened here: run it as that user (sudo -u '#${uid}' …), or start the service.`,
    exitCode: EXIT_CODES.environment,
  });
}
