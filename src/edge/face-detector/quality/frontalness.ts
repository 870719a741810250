import type { Detection } from '../detection.ts';
import { facePoints } from './face-points.ts';

/**
 * How far a face looks into the camera, from where its nose stands between eyes and mouth: 1 straight ahead, 0 a full profile.
 * Without landmarks it is 0.5: nothing is known.
 */
export function frontalness(detection: Pick<Detection, 'landmarks'>): number {
  const points = facePoints(detection);
  if (!points) return 0.5;
  const { leftEye, rightEye, nose, mouth, profileOffset } = points;
  const axis = [rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]] as const;
  const eyeDistance = Math.hypot(...axis);
  if (eyeDistance < 1) return 0;
  const eyes = [(leftEye[0] + rightEye[0]) / 2, (leftEye[1] + rightEye[1]) / 2] as const;
  // The middle of the face at the height of the nose: a head held sideways is not a turned one.
  const centre = [(eyes[0] + mouth[0]) / 2, (eyes[1] + mouth[1]) / 2] as const;
  const offset = ((nose[0] - centre[0]) * axis[0] + (nose[1] - centre[1]) * axis[1]) / eyeDistance ** 2;
  return Math.max(0, 1 - Math.abs(offset) / profileOffset);
}
