import { RefusalError } from '../refusal.ts';
import type { ImageContainer } from './image.ts';

const VP8X_BYTES = 10;
const XMP_FLAG = 0x04;
const ALPHA_FLAG = 0x10;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** WebP (RFC 9649). */
export const webpContainer: ImageContainer = {
  recognises: (bytes) => bytes.length >= 12 && ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WEBP',

  size(bytes) {
    return canvasSize(bytes);
  },

  verify(bytes) {
    const canvas = canvasSize(bytes);
    let pictures = 0;
    for (const chunk of chunks(bytes)) {
      if (chunk.type === 'ANMF') pictures += 1;
      if (chunk.type !== 'VP8 ' && chunk.type !== 'VP8L') continue;
      pictures += 1;
      const size = chunkSize(chunk);
      if (!size) throw damaged('Its picture data does not begin as it should');
      // Otherwise a small canvas could carry a picture past the limit of pixels.
      if (size.width !== canvas.width || size.height !== canvas.height)
        throw damaged('Its picture is not of the size that its header says');
      // RFC 6386 §9.1: the size of the first partition stands in the upper 19 bits of the frame tag.
      if (chunk.type === 'VP8 ' && chunk.data.readUIntLE(0, 3) >> 5 > chunk.data.length - 10)
        throw damaged('It ends too early');
    }
    if (pictures === 0) throw damaged('It has no picture data');
    return undefined;
  },

  readXmp(bytes) {
    try {
      for (const { type, data } of chunks(bytes)) {
        if (type === 'XMP ') return data;
      }
    } catch {
      // A torn file has no packet that could be trusted.
    }
    return undefined;
  },

  writeXmp(bytes, packet) {
    const all = [...chunks(bytes)].filter(({ type }) => type !== 'XMP ');
    const extended = all[0]?.type === 'VP8X' ? withXmpFlag(all[0]) : extendedHeader(all[0]);
    const rest = all[0]?.type === 'VP8X' ? all.slice(1) : all;
    const body = Buffer.concat([extended, ...rest, { type: 'XMP ', data: packet }].map(encodeChunk));
    const head = Buffer.alloc(12);
    head.write('RIFF', 0, 'latin1');
    head.writeUInt32LE(body.length + 4, 4);
    head.write('WEBP', 8, 'latin1');
    return Buffer.concat([head, body]);
  },
};

function canvasSize(bytes: Buffer): { width: number; height: number } {
  const [first] = chunks(bytes);
  const size = first && chunkSize(first);
  if (!size) throw damaged('It has no picture header');
  if (size.width === 0 || size.height === 0) throw damaged('It has no pixels');
  return size;
}

function chunkSize({ type, data }: Chunk): { width: number; height: number } | undefined {
  if (type === 'VP8X' && data.length >= VP8X_BYTES) {
    return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
  }
  if (type === 'VP8L' && data.length >= 5 && data[0] === 0x2f) {
    const bits = data.readUInt32LE(1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (type === 'VP8 ' && data.length >= 10 && data.readUIntBE(3, 3) === 0x9d012a) {
    return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
  }
  return undefined;
}

function withXmpFlag({ type, data }: Chunk): Chunk {
  const copy = Buffer.from(data);
  copy[0] = (copy[0] ?? 0) | XMP_FLAG;
  return { type, data: copy };
}

/** The header that a simple file lacks and metadata needs (RFC 9649 §2.7). */
function extendedHeader(picture: Chunk | undefined): Chunk {
  const size = picture && chunkSize(picture);
  if (!size) throw damaged('It has no picture header');
  const data = Buffer.alloc(VP8X_BYTES);
  const hasAlpha = picture.type === 'VP8L' && (picture.data.readUInt32LE(1) & 0x10000000) !== 0;
  data[0] = XMP_FLAG | (hasAlpha ? ALPHA_FLAG : 0);
  data.writeUIntLE(size.width - 1, 4, 3);
  data.writeUIntLE(size.height - 1, 7, 3);
  return { type: 'VP8X', data };
}

function* chunks(bytes: Buffer): Generator<Chunk> {
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) throw damaged('It ends too early');
  for (let start = 12; start + 8 <= end; ) {
    const length = bytes.readUInt32LE(start + 4);
    if (start + 8 + length > end) throw damaged('It ends within a chunk');
    yield { type: ascii(bytes, start), data: bytes.subarray(start + 8, start + 8 + length) };
    start += 8 + length + (length & 1);
  }
}

function encodeChunk({ type, data }: Chunk): Buffer {
  const bytes = Buffer.alloc(8 + data.length + (data.length & 1));
  bytes.write(type, 0, 'latin1');
  bytes.writeUInt32LE(data.length, 4);
  data.copy(bytes, 8);
  return bytes;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function damaged(detail: string): RefusalError {
  return new RefusalError('damaged', `Expected a whole WebP file. ${detail}`);
}
