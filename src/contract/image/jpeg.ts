import { RefusalError } from '../refusal.ts';
import type { ImageContainer } from './image.ts';

/** Adobe XMP specification part 3 §1.1.3: an APP1 segment that begins with this name and a zero. */
const XMP_SIGNATURE = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1');
/** §1.1.3.1: what did not fit into the packet; it belongs to the packet that it stands beside. */
const EXTENDED_XMP_SIGNATURE = Buffer.from('http://ns.adobe.com/xmp/extension/\0', 'latin1');
const EXIF_SIGNATURE = Buffer.from('Exif\0', 'latin1');
const APP0 = 0xe0;
const APP1 = 0xe1;
const SOS = 0xda;
const EOI = Buffer.from([0xff, 0xd9]);

interface Segment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
  readonly data: Buffer;
}

/** JPEG (ITU-T T.81). */
export const jpegContainer: ImageContainer = {
  recognises: (bytes) => bytes.length >= 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,

  size(bytes) {
    for (const { marker, data } of segments(bytes)) {
      if (!isFrameHeader(marker)) continue;
      if (data.length < 6) break;
      const [height, width] = [data.readUInt16BE(1), data.readUInt16BE(3)];
      if (width === 0 || height === 0) throw damaged('It has no pixels');
      return { width, height };
    }
    throw damaged('It has no frame header');
  },

  verify(bytes) {
    let scanStart = 0;
    for (const { end } of segments(bytes)) scanStart = end;
    if (bytes.lastIndexOf(EOI) < scanStart) throw damaged('It ends too early');
    return undefined;
  },

  readXmp(bytes) {
    try {
      for (const segment of segments(bytes)) {
        if (isApp1(segment, XMP_SIGNATURE)) return segment.data.subarray(XMP_SIGNATURE.length);
      }
    } catch {
      // A torn file has no packet that could be trusted.
    }
    return undefined;
  },

  writeXmp(bytes, packet) {
    const payload = Buffer.concat([XMP_SIGNATURE, packet]);
    const head = Buffer.from([0xff, APP1, (payload.length + 2) >> 8, (payload.length + 2) & 0xff]);
    const all = [...segments(bytes)];
    // JFIF wants its APP0 to come first, Exif its APP1.
    const before = all.findIndex(({ marker, data }) => marker !== APP0 && !isApp1({ marker, data }, EXIF_SIGNATURE));
    const first = all[before - 1]?.end ?? 2;
    const parts = [bytes.subarray(0, first), head, payload];
    let from = first;
    for (const segment of all.filter(isAnyXmp)) {
      parts.push(bytes.subarray(from, segment.start));
      from = segment.end;
    }
    return Buffer.concat([...parts, bytes.subarray(from)]);
  },
};

/** SOF0–SOF15 without DHT, JPG and DAC, which share their range (T.81 table B.1). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function isApp1({ marker, data }: Pick<Segment, 'marker' | 'data'>, signature: Buffer): boolean {
  return marker === APP1 && data.subarray(0, signature.length).equals(signature);
}

function isAnyXmp(segment: Segment): boolean {
  return isApp1(segment, XMP_SIGNATURE) || isApp1(segment, EXTENDED_XMP_SIGNATURE);
}

/** Marker segments from SOI up to and with the first scan header, which is there or RefusalError (T.81 §B.1.1.4). */
function* segments(bytes: Buffer): Generator<Segment> {
  for (let start = 2; ; ) {
    if (start + 4 > bytes.length || bytes[start] !== 0xff) throw damaged('It ends within its headers');
    const marker = bytes[start + 1] ?? 0;
    if (marker === 0xff) {
      start += 1; // Fill bytes may stand before any marker (T.81 §B.1.1.2).
      continue;
    }
    const length = bytes.readUInt16BE(start + 2);
    const end = start + 2 + length;
    if (length < 2 || end > bytes.length) throw damaged('It ends within its headers');
    yield { marker, start, end, data: bytes.subarray(start + 4, end) };
    if (marker === SOS) return;
    start = end;
  }
}

function damaged(detail: string): RefusalError {
  return new RefusalError('damaged', `Expected a whole JPEG file. ${detail}`);
}
