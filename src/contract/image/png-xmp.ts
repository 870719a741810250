import { inflateSync } from 'node:zlib';
import { MAX_XMP_BYTES } from '../limits.ts';

const KEYWORD = Buffer.from('XML:com.adobe.xmp\0', 'latin1');
/** Packets belong into iTXt (Adobe XMP specification part 3 §1.1.5); libvips writes zTXt, and tEXt costs nothing more. */
const TEXT_CHUNKS: ReadonlySet<string> = new Set(['iTXt', 'zTXt', 'tEXt']);

/** Is this a chunk that holds an XMP packet, whoever wrote it? */
export function isPngXmp(type: string, data: Buffer): boolean {
  return TEXT_CHUNKS.has(type) && data.subarray(0, KEYWORD.length).equals(KEYWORD);
}

/**
 * The packet in a chunk that passed isPngXmp (PNG §11.3.3). Undefined where it breaks off or inflates to more than
 * MAX_XMP_BYTES.
 */
export function decodePngXmp(type: string, data: Buffer): Buffer | undefined {
  const rest = data.subarray(KEYWORD.length);
  if (type === 'tEXt') return rest;
  if (type === 'zTXt') return inflated(rest.subarray(1));
  // iTXt: flag and method of the compression, language, translated keyword, text.
  const languageEnd = rest.indexOf(0, 2);
  const keywordEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (keywordEnd < 0) return undefined;
  const text = rest.subarray(keywordEnd + 1);
  return rest[0] === 0 ? text : inflated(text);
}

/** The data of an iTXt chunk with this packet: uncompressed, no language, no translated keyword. */
export function encodePngXmp(packet: Buffer): Buffer {
  return Buffer.concat([KEYWORD, Buffer.alloc(4), packet]);
}

function inflated(data: Buffer): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: MAX_XMP_BYTES });
  } catch {
    return undefined;
  }
}
