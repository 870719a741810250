import { crc32 } from 'node:zlib';
import { RefusalError } from '../refusal.ts';
import type { ImageContainer } from './image.ts';
import { pngChunk } from './png-chunk.ts';
import { inflatedPngBytes, inflatedPngBytesAtOnce, isSoonInflated } from './png-inflate.ts';
import { isPngHeader, pngScanlineBytes } from './png-scanlines.ts';
import { decodePngXmp, encodePngXmp, isPngXmp } from './png-xmp.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const IHDR_END = SIGNATURE.length + 25;

interface Chunk {
  readonly type: string;
  /** Offset of the chunk's length field in the file. */
  readonly start: number;
  readonly end: number;
  readonly data: Buffer;
}

/** Portable Network Graphics (W3C PNG, third edition). */
export const pngContainer: ImageContainer = {
  recognises: (bytes) => bytes.length >= SIGNATURE.length && SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length)),

  size(bytes) {
    const header = readHeader(bytes);
    return { width: header.readUInt32BE(0), height: header.readUInt32BE(4) };
  },

  verify(bytes) {
    const header = readHeader(bytes);
    if (!isPngHeader(header)) throw damaged('Its header names a kind of pixels that does not exist');
    const pixels = checkedPixelData(bytes);
    const expected = pngScanlineBytes(header);
    if (isSoonInflated(pixels, expected)) {
      checkPixelBytes(inflatedPngBytesAtOnce(pixels, expected), expected);
      return undefined;
    }
    return async () => checkPixelBytes(await inflatedPngBytes(pixels, expected), expected);
  },

  readXmp(bytes) {
    for (const { type, data } of tolerantChunks(bytes)) {
      if (isPngXmp(type, data)) return decodePngXmp(type, data);
    }
    return undefined;
  },

  writeXmp(bytes, packet) {
    const parts = [bytes.subarray(0, IHDR_END), pngChunk('iTXt', encodePngXmp(packet))];
    for (const { type, data, start, end } of chunks(bytes)) {
      if (type !== 'IHDR' && !isPngXmp(type, data)) parts.push(bytes.subarray(start, end));
    }
    return Buffer.concat(parts);
  },
};

function readHeader(bytes: Buffer): Buffer {
  const isHeader =
    bytes.length >= IHDR_END && bytes.readUInt32BE(8) === 13 && bytes.toString('latin1', 12, 16) === 'IHDR';
  if (!isHeader) throw damaged('It has no header');
  const header = bytes.subarray(16, 29);
  if (header.readUInt32BE(0) === 0 || header.readUInt32BE(4) === 0) throw damaged('It has no pixels');
  return header;
}

/** The pixel data of a file that is whole to its end, with the right checksums. */
function checkedPixelData(bytes: Buffer): Buffer {
  let pixels: Buffer = bytes.subarray(0, 0);
  // One copy, not a list of parts: a file of a million tiny chunks must not cost more than a file of one.
  let joined: Buffer | undefined;
  let ended = false;
  for (const { type, start, end, data } of chunks(bytes)) {
    if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(start + 4, end - 4))) {
      throw damaged(`The checksum of its ${JSON.stringify(type)} chunk is wrong`);
    }
    ended = type === 'IEND';
    if (type !== 'IDAT') continue;
    if (pixels.length === 0) {
      pixels = data;
      continue;
    }
    if (!joined) {
      joined = Buffer.allocUnsafe(bytes.length);
      pixels.copy(joined);
    }
    pixels = joined.subarray(0, pixels.length + data.copy(joined, pixels.length));
  }
  if (!ended) throw damaged('It ends too early');
  return pixels;
}

function checkPixelBytes(got: number, expected: number): void {
  // Not how many: broken data tells that differently when it is read in other pieces.
  if (got < expected) throw damaged(`Expected ${expected} bytes of pixels, got fewer`);
}

/** The chunks up to and with IEND; what follows it belongs to nobody (PNG §5.6) and is passed over. */
function* chunks(bytes: Buffer): Generator<Chunk> {
  for (let start = SIGNATURE.length; start < bytes.length; ) {
    if (start + 12 > bytes.length) throw damaged('It ends within a chunk');
    const end = start + 12 + bytes.readUInt32BE(start);
    if (end > bytes.length) throw damaged('It ends within a chunk');
    const type = bytes.toString('latin1', start + 4, start + 8);
    yield { type, start, end, data: bytes.subarray(start + 8, end - 4) };
    if (type === 'IEND') return;
    start = end;
  }
}

function* tolerantChunks(bytes: Buffer): Generator<Chunk> {
  try {
    yield* chunks(bytes);
  } catch {
    // A torn file: what came before the tear can still be read.
  }
}

function damaged(detail: string): RefusalError {
  return new RefusalError('damaged', `Expected a whole PNG file. ${detail}`);
}
