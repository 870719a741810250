const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: first column, first row, column step, row step of each pass (PNG §8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bit depths that each colour type may have (PNG §11.2.1). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Do the 13 bytes of an IHDR name a kind of pixels, a compression, a filter and an interlace method that exist? */
export function isPngHeader(header: Buffer): boolean {
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = header.subarray(8, 13);
  return (DEPTHS[colour]?.includes(depth) ?? false) && compression === 0 && filter === 0 && interlace <= 1;
}

/** Bytes that the inflated pixel data of a PNG must have, filter bytes included, from the 13 bytes of its IHDR, which must have passed isPngHeader (PNG §7.2). */
export function pngScanlineBytes(header: Buffer): number {
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const bitsPerPixel = header.readUInt8(8) * (CHANNELS[header.readUInt8(9)] ?? 0);
  if (header.readUInt8(12) === 0) return passBytes(width, height, bitsPerPixel);
  return ADAM7.reduce((sum, [x, y, stepX, stepY]) => {
    return sum + passBytes(Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY), bitsPerPixel);
  }, 0);
}

function passBytes(width: number, height: number, bitsPerPixel: number): number {
  return width <= 0 || height <= 0 ? 0 : height * (1 + Math.ceil((width * bitsPerPixel) / 8));
}
