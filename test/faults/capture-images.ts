import sharp from 'sharp';
import { bareCaptureId } from '../../src/contract/capture-id.ts';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import type { Random } from '../support/random.ts';

/** What somebody published, and what must become of it. */
export interface Emitted {
  /** Undefined: a bare image. */
  readonly id: string | undefined;
  readonly device: string;
  readonly camera: string;
  readonly topic: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

const PREFIX = 'face_detection';
const CAMERA = 'door';
const run = '01981f3a-0000-7000-8000-000000000000';

/** Images with real metadata, of 1 to 60 KB, no two alike; the same for the same random choices but for ids. */
export class CaptureImages {
  readonly #random: Random;
  #seq = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param given another capture's id, for other bytes under it */
  async capture(device: string, at = new Date(), given?: string): Promise<Emitted> {
    this.#seq += 1;
    const image = await this.#picture(this.#random.chance(0.2) ? 140 : 20 + this.#random.below(60));
    const id = given ?? bareCaptureId(at, sha256Hex(image));
    const overall = this.#random.next();
    const quality = { ...sampleMetadata().quality, overall };
    const metadata = sampleMetadata({ id, device, camera: CAMERA, run, seq: this.#seq, quality });
    const bytes = embedMetadata(image, { ...metadata, capturedAt: at.toISOString() });
    const topic = `${PREFIX}/${device}/captures/${CAMERA}/${id}`;
    return { id, device, camera: CAMERA, topic, bytes, sha256: sha256Hex(bytes) };
  }

  async bare(device: string): Promise<Emitted> {
    const bytes = await this.#picture(20 + this.#random.below(60));
    return { id: undefined, device, camera: 'bare', topic: PREFIX, bytes, sha256: sha256Hex(bytes) };
  }

  /** Noise: three bytes for each pixel, and none of them compressible. */
  async #picture(width: number): Promise<Buffer> {
    const pixels = Buffer.from(Array.from({ length: width * width * 3 }, () => this.#random.below(256)));
    return sharp(pixels, { raw: { width, height: width, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
  }
}
