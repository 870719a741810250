import { decodeReceipt, type Receipt } from '../../contract/receipts.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { TestImage } from './test-image.ts';

export type Side = 'edge' | 'cloud';

/** What was heard of the test image at one place, and when. */
export interface Sighting {
  readonly atMs: number;
  readonly receipt: Receipt;
}

/** Gathers what both brokers let through about one test image. */
export class Journey {
  readonly #image: TestImage;
  #next = Promise.withResolvers<void>();
  /** The forwarder's word on the edge broker: held, or at once refused. */
  held: Sighting | undefined;
  /** When the image itself came by on the cloud broker. */
  seenAtMs: number | undefined;
  /** The image-processor's word on the cloud broker. */
  settled: Sighting | undefined;
  readonly lost = new Set<Side>();

  constructor(image: TestImage) {
    this.#image = image;
  }

  hear(side: Side, { topic, payload, retain }: Message): void {
    if (retain) return;
    const atMs = performance.now();
    if (topic === this.#image.topic) this.seenAtMs ??= atMs;
    else {
      const receipt = decodeReceipt(payload);
      const isOurs = receipt?.captures.some(([id, sha256]) => id === this.#image.id && sha256 === this.#image.sha256);
      if (!receipt || !isOurs) return;
      if (side === 'edge') this.held ??= { atMs, receipt };
      else if (receipt.state !== 'held') this.settled ??= { atMs, receipt };
    }
    this.#tell();
  }

  lose(side: Side): void {
    this.lost.add(side);
    this.#tell();
  }

  /** Waits until it holds. @returns false when the signal came first */
  async until(holds: () => boolean, signal: AbortSignal): Promise<boolean> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    while (!holds() && !signal.aborted) await Promise.race([this.#next.promise, aborted]);
    signal.removeEventListener('abort', stop);
    return holds();
  }

  #tell(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}
