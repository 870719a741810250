/** Of a camera indoors. */
const LONGEST_EXPOSURE_SECONDS = 1 / 30;

/** How long the shutter is open for a frame; the frame's own time is the middle of it. */
export function exposureSeconds({ fps }: { readonly fps: number }): number {
  return Math.min(LONGEST_EXPOSURE_SECONDS, 1 / fps);
}
