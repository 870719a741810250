import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** SQLite file format §4.1: the log's header, and that of each frame before its page. */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * How many frames of a write-ahead log were committed, as far as their headers tell: up to the last one of the log's own generation
 * that ends a transaction. 0 where there is no log.
 */
export function committedFrames(file: string): number {
  if (!existsSync(file)) return 0;
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return 0;
    const pageBytes = header.readUInt32BE(8);
    const salts = header.subarray(16, 24);
    const frames = Math.floor((fstatSync(fd).size - HEADER_BYTES) / (FRAME_HEADER_BYTES + pageBytes));
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    for (let number = frames; number > 0; number -= 1) {
      readSync(fd, frame, 0, FRAME_HEADER_BYTES, HEADER_BYTES + (number - 1) * (FRAME_HEADER_BYTES + pageBytes));
      if (frame.readUInt32BE(4) !== 0 && frame.subarray(8, 16).equals(salts)) return number;
    }
    return 0;
  } finally {
    closeSync(fd);
  }
}
