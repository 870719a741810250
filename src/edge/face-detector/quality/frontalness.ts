import type { Detection, Point } from '../detection.ts';
import { facePoints, middle } from './face-points.ts';

/** How far off the middle of the face YuNet puts the nose of a full profile, in eye distances (measured). */
const PROFILE_OFFSET = 0.6;
/** The 68 points of the built-in model hardly turn with a head; its box does. Fitted to YuNet's offsets: correlation 0.92, by the points alone 0.83. */
const SHARE_OF_68_POINTS = 0.16;
const SHARE_OF_BOX = 0.86;

/**
 * How far a face looks into the camera, from where its nose stands: 1 straight ahead, 0 a full profile.
 * Without landmarks it is 0.5: nothing is known.
 */
export function frontalness({ box, landmarks }: Pick<Detection, 'box' | 'landmarks'>): number {
  const points = facePoints({ landmarks });
  if (!points) return 0.5;
  const { leftEye, rightEye, nose, mouth } = points;
  const axis = [rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]] as const;
  const eyeDistance = Math.hypot(...axis);
  if (eyeDistance < 1) return 0;
  // Along the line of the eyes: a head held sideways is not a turned one.
  const fromNose = ([x, y]: Point): number => ((nose[0] - x) * axis[0] + (nose[1] - y) * axis[1]) / eyeDistance;
  const ofPoints = fromNose(middle([middle([leftEye, rightEye]), mouth])) / eyeDistance;
  const ofBox = fromNose([box.x + box.width / 2, box.y + box.height / 2]) / box.width;
  const offset = landmarks.length === 5 ? ofPoints : SHARE_OF_68_POINTS * ofPoints + SHARE_OF_BOX * ofBox;
  return Math.max(0, 1 - Math.abs(offset) / PROFILE_OFFSET);
}
