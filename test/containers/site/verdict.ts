import { captureIdTime } from '../../../src/contract/capture-id.ts';
import { readMetadata } from '../../../src/contract/capture-metadata.ts';
import { sha256Hex } from '../../../src/contract/sha256.ts';
import type { S3Objects } from '../../support/s3-objects.ts';

/** A capture as it lies in the bucket. */
export interface StoredCapture {
  readonly key: string;
  readonly id: string;
  readonly sha256: string;
  readonly device: string;
  readonly camera: string;
  /** One life of the detector, and the capture's number in it. */
  readonly run: string;
  readonly seq: number;
  /** When its id was minted, by the detector's clock. */
  readonly takenAtMs: number;
}

const KEY = /(?:^|\/)device=([^/]+)\/camera=([^/]+)\/dt=[^/]+\/hh=[^/]+\/([0-9a-f-]{36})\.(?:png|jpg|webp)$/;

/** Reads a bucket once for each object, however often it is asked. */
export class BucketReader {
  readonly #known = new Map<string, StoredCapture>();
  readonly #objects: () => Promise<S3Objects>;
  readonly #bucket: string;

  constructor(objects: () => Promise<S3Objects>, bucket: string) {
    this.#objects = objects;
    this.#bucket = bucket;
  }

  async keys(): Promise<string[]> {
    return (await (await this.#objects()).keys(this.#bucket)).filter((key) => !key.includes('.sightline-'));
  }

  async captures(): Promise<StoredCapture[]> {
    const objects = await this.#objects();
    for (const key of await this.keys()) {
      if (this.#known.has(key)) continue;
      const [, device = '', camera = '', id = ''] = key.match(KEY) ?? [];
      const object = await objects.read(this.#bucket, key);
      const metadata = object && readMetadata(object.bytes);
      if (!object || !metadata) throw new Error(`Expected a capture under ${key}, got none`);
      const { run, seq } = metadata;
      this.#known.set(key, {
        key,
        id,
        device,
        camera,
        run,
        seq,
        sha256: sha256Hex(object.bytes),
        takenAtMs: captureIdTime(id).getTime(),
      });
    }
    return [...this.#known.values()];
  }
}

/**
 * What is wrong with a bucket, as lines; [] when each capture is there once, with its bytes, and none is missing: neither one that somebody saw at
 * the edge, nor a number in a life of a detector (whose outbox is on disk, so a killed one loses none).
 */
export function faultsOf(stored: readonly StoredCapture[], seen: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const byId = new Map<string, StoredCapture>();
  for (const capture of stored) {
    if (byId.has(capture.id)) faults.push(`twice: ${capture.key}`);
    byId.set(capture.id, capture);
  }
  for (const [id, sha256] of seen) {
    const found = byId.get(id);
    if (!found) faults.push(`lost: ${id} went by at the edge and is not in the bucket`);
    else if (found.sha256 !== sha256) faults.push(`other bytes: ${found.key}`);
  }
  for (const [run, numbers] of Map.groupBy(stored, ({ run }) => run)) {
    const there = new Set(numbers.map(({ seq }) => seq));
    const last = Math.max(...there);
    for (let seq = 0; seq < last; seq += 1)
      if (!there.has(seq)) faults.push(`lost: number ${seq} of ${last} of run ${run}`);
  }
  return faults;
}
