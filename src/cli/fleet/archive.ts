/** A file of an archive; its name has no folder and at most 100 characters. */
export interface ArchivedFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK_BYTES = 512;
/** Only its owner may read it. */
const MODE = '0000600';

/**
 * A tar archive (POSIX.1-1988 ustar) of a few small files that belong to root. In memory, as private keys are among them: a program
 * that packs would need them on disk.
 */
export function archive(files: readonly ArchivedFile[]): Buffer {
  const blocks = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text);
    return [header(name, body.length), body, Buffer.alloc(-body.length & (BLOCK_BYTES - 1))];
  });
  // Two blocks of zeros end it.
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(name: string, bytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (text: string, at: number) => block.write(text, at, 'latin1');
  put(name, 0);
  put(MODE, 100);
  put('0000000', 108);
  put('0000000', 116);
  put(bytes.toString(8).padStart(11, '0'), 124);
  put('00000000000', 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\u000000', 257);
  put('root', 265);
  put('root', 297);
  // The time at 136 stays at 1970: where a clock is not set yet, tar would complain of files from the future.
  // Summed with blanks in its own place.
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return block;
}
