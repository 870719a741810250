import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureTopic } from '../../src/contract/topics.ts';
import type { SpoolState } from '../../src/platform/spool/protocol.ts';
import { Spool } from '../../src/platform/spool/spool.ts';
import { temporaryFolder } from './folder.ts';

export interface Planted {
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  readonly body: Buffer;
  readonly sha256: string;
  readonly key: string;
}

export interface PlantOptions {
  readonly device?: string;
  readonly camera?: string;
  readonly at?: Date;
  readonly state?: Exclude<SpoolState, 'held'>;
  readonly reason?: string;
  /** Is there an object? Default: when it is stored. */
  readonly isInStore?: boolean;
}

/** A spool and a folder store, and captures that are entered into both by hand. */
export class AuditedBooks {
  readonly #folder = temporaryFolder();
  readonly spoolFolder = join(this.#folder.path, 'spool');
  readonly store = join(this.#folder.path, 'faces');
  #spool: Spool | undefined;

  /** The spool is open until close(). */
  async open(): Promise<Spool> {
    if (this.#spool) return this.#spool;
    const settings = {
      folder: this.spoolFolder,
      maxBytes: 2 ** 32,
      minFreeBytes: 1,
      quarantineMaxBytes: 2 ** 28,
      keepDays: 7,
    };
    mkdirSync(this.store, { recursive: true });
    this.#spool = new Spool(settings);
    await this.#spool.start();
    return this.#spool;
  }

  async close(): Promise<void> {
    await this.#spool?.stop();
    this.#spool = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    this.#folder.remove();
  }

  async enter({ device = 'gate-3', camera = 'door', at = new Date(), ...rest }: PlantOptions = {}): Promise<Planted> {
    const { state = 'stored', reason, isInStore = state === 'stored' } = rest;
    const body = randomBytes(300);
    const planted = this.#planted(device, camera, at, body);
    const { id, sha256, key } = planted;
    const topic = captureTopic('face_detection', { device, camera, id });
    const spool = this.#spool;
    if (!spool) throw new Error('Expected open books');
    await spool.put({ id, device, camera, topic, sha256, quality: 0.5, isBare: camera === 'bare', body });
    if (isInStore) this.put(key, body);
    if (state !== 'pending') await spool.settle([{ id, sha256, state, ...(reason === undefined ? {} : { reason }) }]);
    return planted;
  }

  /** An object that the ledger knows nothing of. */
  plant({ device = 'gate-3', camera = 'door', at = new Date() }: PlantOptions = {}): Planted {
    const planted = this.#planted(device, camera, at, randomBytes(300));
    this.put(planted.key, planted.body);
    return planted;
  }

  put(key: string, bytes: Buffer): void {
    mkdirSync(dirname(join(this.store, key)), { recursive: true });
    writeFileSync(join(this.store, key), bytes);
  }

  delete(key: string): void {
    rmSync(join(this.store, key));
  }

  #planted(device: string, camera: string, at: Date, body: Buffer): Planted {
    const id = mintCaptureId(at);
    return { id, device, camera, body, sha256: sha256Hex(body), key: objectKey({ device, camera, id }, 'png') };
  }
}
