import { crc32 } from 'node:zlib';
import { embedMetadata } from '../../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../../src/contract/fixtures/sample-metadata.ts';
import { pattern } from '../../../src/contract/fixtures/test-images.ts';
import { pngChunk } from '../../../src/contract/image/png-chunk.ts';

const PLACEHOLDER = '01981ffa-ffe0-7abc-8def-0123456789ab';
/** Of a PNG of this project's patterns, found by trying: pixels take so many bytes. */
const BYTES_PER_PIXEL = 1.1;
const SMALLEST = 3_000;

/** A valid capture of an exact size, in which only the id is still to be written. */
export interface CaptureMould {
  readonly bytes: Buffer;
  /** Where the id stands. */
  readonly idOffsets: readonly number[];
  /** The chunk that carries the metadata: from its type to the end of its data; the checksum follows. */
  readonly metadataStart: number;
  readonly metadataEnd: number;
}

/**
 * A PNG of colours that compress about as a face does, with metadata, filled up to its size by a chunk that decoders pass over.
 *
 * @param bytes at least 3,000.
 */
export async function captureMould(bytes: number, device: string, camera: string): Promise<CaptureMould> {
  if (bytes < SMALLEST) throw new Error(`Expected a size of at least ${SMALLEST} bytes, got ${bytes}`);
  const metadata = sampleMetadata({ id: PLACEHOLDER, device, camera });
  for (let side = Math.ceil(Math.sqrt(bytes / BYTES_PER_PIXEL)); side > 0; side -= 1 + Math.floor(side / 20)) {
    const capture = embedMetadata(await pattern(side, side, 3).png().toBuffer(), metadata);
    const room = bytes - capture.length;
    if (room >= 12) return locate(padded(capture, room));
  }
  throw new Error(`Expected a picture within ${bytes} bytes, got none`);
}

/** Writes an id of 36 characters into a copy of the mould that begins at `start`. */
export function writeCaptureId(mould: CaptureMould, copy: Buffer, start: number, id: string): void {
  for (const offset of mould.idOffsets) copy.write(id, start + offset, 'latin1');
  const end = start + mould.metadataEnd;
  copy.writeUInt32BE(crc32(copy.subarray(start + mould.metadataStart, end)), end);
}

function padded(capture: Buffer, room: number): Buffer {
  const iend = capture.length - 12;
  const filling = pngChunk('fiLl', Buffer.alloc(room - 12, 0xa5));
  return Buffer.concat([capture.subarray(0, iend), filling, capture.subarray(iend)]);
}

function locate(bytes: Buffer): CaptureMould {
  const idOffsets: number[] = [];
  for (let at = bytes.indexOf(PLACEHOLDER); at >= 0; at = bytes.indexOf(PLACEHOLDER, at + 1)) idOffsets.push(at);
  const metadataStart = bytes.indexOf('iTXt');
  return { bytes, idOffsets, metadataStart, metadataEnd: metadataStart + 4 + bytes.readUInt32BE(metadataStart - 4) };
}
