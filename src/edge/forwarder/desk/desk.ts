import { DeskServer } from '../../../platform/desk/desk-server.ts';
import { type OpenSpoolDeskOptions, openSpoolDesk } from '../../../platform/desk/open-spool-desk.ts';
import type { Message } from '../../../platform/mqtt/connection.ts';
import type { Spool } from '../../../platform/spool/spool.ts';
import { LedgerDesk, type LedgerDeskOptions } from './ledger-desk.ts';

export interface ForwarderDeskOptions extends Omit<LedgerDeskOptions, 'spool'> {
  readonly spool: Spool;
  /** Of the spool. */
  readonly folder: string;
  /** What an operator should know beside the spool's own status: links, suspects, what was set aside. */
  readonly facts: () => Readonly<Record<string, unknown>>;
  /** These may go at once. Returns how many of them had been set aside. */
  readonly onRetried: (ids: readonly string[]) => number;
  /** Nothing of what is given up may be sent from memory. */
  readonly aroundDrop: NonNullable<OpenSpoolDeskOptions['aroundDrop']>;
}

/** Where the forwarder answers about its spool: operators on this machine by a socket, auditors over the cloud broker. */
export class ForwarderDesk {
  readonly #server: DeskServer;
  readonly #ledger: LedgerDesk;

  constructor({ spool, folder, facts, onRetried, aroundDrop, ...options }: ForwarderDeskOptions) {
    const desk = openSpoolDesk({ spool, facts, onRetried, aroundDrop });
    this.#server = new DeskServer({ desk, folder, log: options.log });
    this.#ledger = new LedgerDesk({ ...options, spool });
  }

  /** After the spool has started. Never fails. */
  async start(): Promise<void> {
    await this.#server.start();
  }

  /** Before the spool stops. */
  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#ledger.stop()]);
  }

  /** To be subscribed on the cloud broker for this device, and for every other that captures are held of. */
  filterOf(device: string): string {
    return this.#ledger.filterOf(device);
  }

  /** Takes a message from the cloud broker. Returns false when it was for somebody else. Never waits. */
  receive(message: Message): boolean {
    return this.#ledger.receive(message);
  }
}
