import sharp from 'sharp';
import type { Detection } from '../edge/face-detector/detection.ts';
import type { RgbPicture } from '../edge/face-detector/picture/picture.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../platform/sightline-error.ts';

/**
 * Writes a PNG of the picture with boxes, landmarks and scores on it.
 * @throws SightlineError when the file can't be written.
 */
export async function drawFaces(
  { width, height, data }: RgbPicture,
  faces: readonly Detection[],
  path: string,
): Promise<void> {
  const stroke = Math.max(2, Math.round(Math.max(width, height) / 400));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${faces
    .map((face) => drawing(face, stroke))
    .join('')}</svg>`;
  try {
    await sharp(data, { raw: { width, height, channels: 3 } })
      .composite([{ input: Buffer.from(svg) }])
      .png()
      .toFile(path);
  } catch (cause) {
    throw new SightlineError(`Expected to write ${path}, got ${errorMessage(cause).split('\n')[0]}`, {
      hint: 'Choose a folder that can be written.',
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}

function drawing({ box, score, landmarks }: Detection, stroke: number): string {
  const { x, y, width, height } = box;
  const size = Math.max(stroke * 6, 12);
  const points = landmarks
    .map(([px, py]) => `<circle cx="${px}" cy="${py}" r="${stroke * 0.7}" fill="#ffd400"/>`)
    .join('');
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="#00e05a" stroke-width="${stroke}"/>${points}<text x="${x}" y="${Math.max(y - stroke, size)}" font-family="sans-serif" font-size="${size}" fill="#00e05a">${score.toFixed(2)}</text>`;
}
