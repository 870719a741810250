import { crc32 } from 'node:zlib';
import type { CaptureFacts } from './protocol.ts';

/** Marks the first block of a record, with the version of its layout. */
const MAGIC = Buffer.from('SLC1');
const FIXED_BYTES = 12;
/** Far more than names, a topic and hashes need. */
const MAX_FACTS_BYTES = 8_192;

/**
 * What stands before a body on disk: magic, length (u32), the capture's facts as JSON, their CRC-32 (u32). The index knows all of it as
 * well; it stands here so that the bodies can be told apart when the index can't be read any more.
 */
export function encodeRecordHead(facts: CaptureFacts): Buffer {
  const json = Buffer.from(JSON.stringify(facts));
  const head = Buffer.allocUnsafe(FIXED_BYTES + json.length);
  MAGIC.copy(head, 0);
  head.writeUInt32BE(json.length, 4);
  json.copy(head, 8);
  head.writeUInt32BE(crc32(json), 8 + json.length);
  return head;
}

export interface RecordHead {
  readonly facts: CaptureFacts;
  /** Where the body begins, in bytes from the head's own beginning. */
  readonly headBytes: number;
}

/** Reads a head at the beginning of a block. Returns undefined for anything that is not one, or damaged. */
export function decodeRecordHead(block: Buffer): RecordHead | undefined {
  if (block.length < FIXED_BYTES || !MAGIC.equals(block.subarray(0, 4))) return undefined;
  const length = block.readUInt32BE(4);
  if (length > MAX_FACTS_BYTES || FIXED_BYTES + length > block.length) return undefined;
  const json = block.subarray(8, 8 + length);
  if (block.readUInt32BE(8 + length) !== crc32(json)) return undefined;
  return { facts: JSON.parse(json.toString('utf8')) as CaptureFacts, headBytes: FIXED_BYTES + length };
}
