import sharp from 'sharp';
import type { ImageFormat } from '../../contract/image/image.ts';
import type { Box, Detection } from './detection.ts';
import type { Frame } from './frame.ts';
import { cutRgb } from './picture/cut.ts';
import type { Rectangle } from './picture/picture.ts';
import type { Quality } from './quality/quality.ts';

/** A face cut out of a frame, not yet encoded: what is needed of the frame may outlive it. */
export interface Shot {
  readonly detection: Detection;
  readonly quality: Quality;
  readonly frame: Pick<Frame, 'index' | 'width' | 'height' | 'capturedAt'>;
  readonly crop: Rectangle;
  /** RGB24 of the crop. */
  readonly pixels: Buffer;
}

/** Cuts a face out with a margin on each side (a part of the box's width and height), never beyond the frame. */
export function cutShot(frame: Frame, detection: Detection, quality: Quality, margin: number): Shot {
  const crop = cropOf(frame, detection.box, margin);
  const pixels = cutRgb(frame, crop);
  const { index, width, height, capturedAt } = frame;
  return { detection, quality, frame: { index, width, height, capturedAt }, crop, pixels };
}

/** Encodes a shot; `imageQuality` 1–100 is for jpeg and webp. */
export async function encodeShot({ crop, pixels }: Shot, format: ImageFormat, imageQuality: number): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width: crop.width, height: crop.height, channels: 3 } });
  if (format === 'png') return image.png({ compressionLevel: 6 }).toBuffer();
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
