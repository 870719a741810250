import { createServer } from 'node:net';
import { sha256Hex } from '../../contract/sha256.ts';
import { systemErrorCode } from '../../platform/sightline-error.ts';

const MAX_SLOTS = 64;

export interface HostSlot {
  /** From 1; no other process on this machine has it for the same name. */
  readonly slot: number;
  release(): void;
}

/**
 * Numbers the processes on one machine that share a name: two clients of one id would cut each other's connection for ever.
 * A slot is a Linux abstract socket, which dies with its process, so that whoever starts next has the same numbers again.
 * Where there are none, everybody gets slot 1.
 */
export async function claimHostSlot(name: string): Promise<HostSlot> {
  const path = `\0sightline-${sha256Hex(Buffer.from(name)).slice(0, 32)}`;
  for (let slot = 1; slot <= MAX_SLOTS; slot += 1) {
    const server = createServer((socket) => socket.destroy());
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ path: `${path}-${slot}` }, resolve);
      });
      server.unref();
      return { slot, release: () => void server.close() };
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRINUSE') break;
    }
  }
  return { slot: 1, release: () => undefined };
}
