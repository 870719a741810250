import { isYuv, type Picture } from '../picture/picture.ts';

/** Cells along the longer side: 16 pixels each at 1280, so that a face of 32 pixels fills four. */
const CELLS_ALONG = 80;
/** Samples along each side of a cell. */
const SAMPLES = 4;

/** A picture in so few numbers that two can be compared in no time: the mean luma of each of some 80 × 45 cells. */
export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  /** Row by row, 0–255. */
  readonly means: Float32Array;
}

/** Of RGB the green channel stands for luma: only differences of one source's frames are of interest. */
export function lumaGrid(picture: Picture): LumaGrid {
  const { width, height, data } = picture;
  const bytesPerPixel = isYuv(picture) ? 1 : 3;
  const channel = isYuv(picture) ? 0 : 1;
  const cell = Math.max(width, height) / CELLS_ALONG;
  const columns = Math.max(1, Math.round(width / cell));
  const rows = Math.max(1, Math.round(height / cell));
  const offsets = sampleOffsets(width, columns).map((x) => x * bytesPerPixel + channel);
  const lines = sampleOffsets(height, rows);
  const means = new Float32Array(columns * rows);
  for (let line = 0; line < lines.length; line += 1) {
    const start = (lines[line] as number) * width * bytesPerPixel;
    const row = Math.floor(line / SAMPLES) * columns;
    for (let column = 0, sample = 0; column < columns; column += 1) {
      let sum = 0;
      for (let k = 0; k < SAMPLES; k += 1, sample += 1) sum += data[start + (offsets[sample] as number)] as number;
      means[row + column] = (means[row + column] as number) + sum / (SAMPLES * SAMPLES);
    }
  }
  return { columns, rows, means };
}

/** Places of the samples along one side, spread evenly: `SAMPLES` for each cell. */
function sampleOffsets(length: number, cells: number): Int32Array {
  const step = length / (cells * SAMPLES);
  return Int32Array.from({ length: cells * SAMPLES }, (_, i) => Math.floor((i + 0.5) * step));
}
