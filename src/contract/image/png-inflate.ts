import { createInflate, inflateSync } from 'node:zlib';

/** What may be inflated without leaving the event loop, in at most some milliseconds: faces of up to 290 × 290 pixels. */
const MAX_BYTES_AT_ONCE = 256 * 1024;
/** zlib makes no smaller pieces. */
const MIN_PIECE_BYTES = 64;
const MAX_PIECE_BYTES = 256 * 1024;
/** What the data is to blame for. Anything else, such as no memory, is a fault of the environment. */
const DATA_ERRORS: ReadonlySet<string | undefined> = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);

/**
 * May this be inflated at once? Its size counts too: any amount of data may inflate to nothing. What should be smaller than a
 * piece is left out, because of broken data that ends within the piece but past what was expected a stream sees more.
 */
export function isSoonInflated(data: Buffer, expected: number): boolean {
  const isOnePiece = expected >= MIN_PIECE_BYTES - 1 && expected < MAX_BYTES_AT_ONCE;
  return isOnePiece && data.length <= 2 * MAX_BYTES_AT_ONCE;
}

/** As inflatedPngBytes, with an answer that means the same, of what isSoonInflated: without the cost of a stream and a thread. */
export function inflatedPngBytesAtOnce(data: Buffer, expected: number): number {
  // One byte more than expected is one too many: inflating stops there.
  const chunkSize = expected + 1;
  try {
    return inflateSync(data, { chunkSize, maxOutputLength: expected }).length;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return chunkSize;
    if (DATA_ERRORS.has(code)) return expected - 1;
    throw error;
  }
}

/**
 * How many bytes the pixel data inflates to, counted without being kept and only a little past `expected`: a bomb costs no memory
 * and no more time than the picture that it claims to be. Broken data counts as less than `expected`.
 */
export async function inflatedPngBytes(data: Buffer, expected: number): Promise<number> {
  const inflate = createInflate({ chunkSize: pieceBytes(expected) });
  let bytes = 0;
  return new Promise((resolve, reject) => {
    inflate.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > expected) inflate.destroy();
    });
    inflate.on('error', (error: NodeJS.ErrnoException) => {
      if (DATA_ERRORS.has(error.code)) resolve(Math.min(bytes, expected - 1));
      else reject(error);
    });
    inflate.on('close', () => resolve(bytes));
    inflate.end(data);
  });
}

/** zlib fills whole pieces, so where reading stops depends on data and `expected` alone. */
function pieceBytes(expected: number): number {
  return Math.min(MAX_PIECE_BYTES, Math.max(expected + 1, MIN_PIECE_BYTES));
}
