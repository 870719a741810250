import type { Box, Detection } from '../detection.ts';
import { facePoints, middle } from './face-points.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Eyes from each other and from the mouth, in widths of the face from brow to chin (dlib's mean face). */
const EYE_DISTANCE = 0.53;
const EYES_TO_MOUTH = 0.56;
/** Such a face and a tenth more around it. */
const FACE_SIDE = 1.2;
/** Width over height of a face's box, between what both models draw (0.74 and 0.79). */
const USUAL_ASPECT = 0.76;
/** So near the frame's border, in sides of the face, a box ends because of it. */
const AT_BORDER = 0.03;

/**
 * The share of a face that the frame's border leaves. Models draw boxes that end at the border, so that a box inside the frame
 * says little (measured: no relation to how much is cut). The lowest of three signs counts.
 */
export function completenessOf({ box, landmarks }: Pick<Detection, 'box' | 'landmarks'>, frame: Size): number {
  const face = faceSquare({ landmarks });
  return Math.min(insideShare(box, frame), face ? insideShare(face, frame) : 1, shapeAtBorder(box, frame));
}

/** Where the face must be to have its eyes and mouth where they are. */
function faceSquare(detection: Pick<Detection, 'landmarks'>): Box | undefined {
  const points = facePoints(detection);
  if (!points) return undefined;
  const { leftEye, rightEye, mouth } = points;
  const eyes = middle([leftEye, rightEye]);
  const eyeDistance = Math.hypot(rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]);
  const down = Math.hypot(mouth[0] - eyes[0], mouth[1] - eyes[1]);
  const side = FACE_SIDE * Math.max(eyeDistance / EYE_DISTANCE, down / EYES_TO_MOUTH);
  const [x, y] = middle([eyes, mouth]);
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

function insideShare(box: Box, { width, height }: Size): number {
  const across = Math.min(width, box.x + box.width) - Math.max(0, box.x);
  const down = Math.min(height, box.y + box.height) - Math.max(0, box.y);
  const area = box.width * box.height;
  return area > 0 ? Math.min(1, (Math.max(0, across) * Math.max(0, down)) / area) : 0;
}

/** A box at the border that is narrower or lower than faces are lacks that share of one. */
function shapeAtBorder({ x, y, width, height }: Box, frame: Size): number {
  const near = AT_BORDER * Math.sqrt(width * height);
  const aspect = width / height / USUAL_ASPECT;
  const across = x < near || x + width > frame.width - near ? Math.min(1, aspect) : 1;
  const down = y < near || y + height > frame.height - near ? Math.min(1, 1 / aspect) : 1;
  return across * down;
}
