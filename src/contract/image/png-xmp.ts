import { inflateSync } from 'node:zlib';
import { MAX_XMP_BYTES } from '../limits.ts';

const KEYWORD = Buffer.from('XML:com.adobe.xmp\0', 'latin1');
const COMPRESSED_AT = KEYWORD.length;
const LANGUAGE_AT = KEYWORD.length + 2;

/** Is this the data of an iTXt chunk that holds an XMP packet (Adobe XMP specification part 3 §1.1.5)? */
export function isPngXmp(data: Buffer): boolean {
  return data.subarray(0, KEYWORD.length).equals(KEYWORD);
}

/**
 * The packet in an iTXt chunk's data: after flag and method of the compression, language and translated keyword
 * (PNG §11.3.3.4). Undefined where it breaks off or inflates to more than MAX_XMP_BYTES.
 */
export function decodePngXmp(data: Buffer): Buffer | undefined {
  const languageEnd = data.indexOf(0, LANGUAGE_AT);
  const keywordEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (keywordEnd < 0) return undefined;
  const packet = data.subarray(keywordEnd + 1);
  if (data[COMPRESSED_AT] === 0) return packet;
  try {
    return inflateSync(packet, { maxOutputLength: MAX_XMP_BYTES });
  } catch {
    return undefined;
  }
}

/** The data of an iTXt chunk with this packet: uncompressed, no language, no translated keyword. */
export function encodePngXmp(packet: Buffer): Buffer {
  return Buffer.concat([KEYWORD, Buffer.alloc(4), packet]);
}
