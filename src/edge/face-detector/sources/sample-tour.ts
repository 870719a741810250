/** A part of a photograph in its own pixels, of the frame's shape. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Frames for each photograph: 5 seconds at the default 10 fps. */
export const FRAMES_PER_PHOTO = 50;

/** How far in the camera goes at the end. */
const ZOOM = 1.3;

/**
 * Where the camera looks: over the photograph's full width it rests at the top, glides to the bottom, rests, and glides back while it closes in.
 *
 * @param step 0 … FRAMES_PER_PHOTO - 1
 */
export function viewAt(
  step: number,
  photo: { width: number; height: number },
  frame: { width: number; height: number },
): View {
  const t = step / (FRAMES_PER_PHOTO - 1);
  const down = glide(t, 0.24, 0.48) - glide(t, 0.56, 0.76);
  const zoom = 1 + (ZOOM - 1) * glide(t, 0.6, 1);
  const widest = Math.min(photo.width, (photo.height * frame.width) / frame.height);
  const width = Math.round(widest / zoom);
  const height = Math.round((widest * frame.height) / frame.width / zoom);
  return {
    left: Math.round((photo.width - width) / 2),
    top: Math.round((photo.height - height) * down),
    width,
    height,
  };
}

/** 0 before `from`, 1 after `to`, a smooth step between. */
function glide(t: number, from: number, to: number): number {
  const x = Math.min(1, Math.max(0, (t - from) / (to - from)));
  return x * x * (3 - 2 * x);
}
