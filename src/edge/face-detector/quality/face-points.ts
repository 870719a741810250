import type { Detection, Point } from '../detection.ts';

/** Points that every model gives in some way, as seen in the picture. */
export interface FacePoints {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
}

/** Undefined where the model gave neither 5 nor 68 points. */
export function facePoints({ landmarks }: Pick<Detection, 'landmarks'>): FacePoints | undefined {
  if (landmarks.length === 5) {
    const [leftEye, rightEye, nose, left, right] = landmarks as [Point, Point, Point, Point, Point];
    return { leftEye, rightEye, nose, mouth: middle([left, right]) };
  }
  if (landmarks.length !== 68) return undefined;
  // iBUG 300-W order: eyes 36–41 and 42–47, nose tip 30, mouth corners 48 and 54.
  return {
    leftEye: middle(landmarks.slice(36, 42)),
    rightEye: middle(landmarks.slice(42, 48)),
    nose: landmarks[30] as Point,
    mouth: middle([landmarks[48] as Point, landmarks[54] as Point]),
  };
}

export function middle(points: readonly Point[]): Point {
  const sum = points.reduce<[number, number]>(([x, y], point) => [x + point[0], y + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
