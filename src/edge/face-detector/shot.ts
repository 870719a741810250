import sharp from 'sharp';
import type { ImageFormat } from '../../contract/image/image.ts';
import type { Box, Detection } from './detection.ts';
import type { Frame } from './frame.ts';
import { cutRgb } from './picture/cut.ts';
import { isYuv, type Picture, type Rectangle } from './picture/picture.ts';
import type { Quality } from './quality/quality.ts';

/** A face cut out of a frame, or the frame around it, not yet encoded: what is needed of the frame outlives it. */
export interface Shot {
  readonly detection: Detection;
  readonly quality: Quality;
  readonly frame: Pick<Frame, 'index' | 'width' | 'height' | 'capturedAt'>;
  readonly image: 'face' | 'frame';
  /** What the picture shows of the frame. */
  readonly crop: Rectangle;
  readonly picture: Picture;
}

export interface CutOptions {
  /** Added on each side of the face, as a part of the box's width and height; never beyond the frame. */
  readonly margin: number;
  readonly include: 'face' | 'frame';
}

/** Takes a face out of a frame in the frame's own resolution. */
export function cutShot(frame: Frame, detection: Detection, quality: Quality, { margin, include }: CutOptions): Shot {
  const { index, width, height, capturedAt } = frame;
  const facts = { detection, quality, frame: { index, width, height, capturedAt }, image: include };
  if (include === 'frame') {
    const data = Uint8Array.from(frame.data);
    const picture = isYuv(frame) ? { width, height, data, colour: frame.colour } : { width, height, data };
    return { ...facts, crop: { x: 0, y: 0, width, height }, picture };
  }
  const crop = cropOf(frame, detection.box, margin);
  return { ...facts, crop, picture: { width: crop.width, height: crop.height, data: cutRgb(frame, crop) } };
}

/** Encodes a shot; `imageQuality` 1–100 is for jpeg and webp. */
export async function encodeShot({ picture }: Shot, format: ImageFormat, imageQuality: number): Promise<Buffer> {
  const { width, height } = picture;
  const pixels = isYuv(picture) ? cutRgb(picture, { x: 0, y: 0, width, height }) : picture.data;
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  // Measured on faces from video: filtered rows are 40 % smaller for 8 ms more; level 9 would save 0.6 % more for twice the time.
  if (format === 'png') return image.png({ compressionLevel: 7, adaptiveFiltering: true }).toBuffer();
  return image[format]({ quality: imageQuality }).toBuffer();
}

function cropOf(frame: Frame, box: Box, margin: number): Rectangle {
  const left = clamp(Math.floor(box.x - margin * box.width), 0, frame.width - 1);
  const top = clamp(Math.floor(box.y - margin * box.height), 0, frame.height - 1);
  const right = clamp(Math.ceil(box.x + (1 + margin) * box.width), left + 1, frame.width);
  const bottom = clamp(Math.ceil(box.y + (1 + margin) * box.height), top + 1, frame.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
