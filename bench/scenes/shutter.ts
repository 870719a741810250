/** How long the shutter is open for a frame; the frame's own time is the middle of it. Dim rooms need all of the time there is. */
export function exposureSeconds({
  fps,
  longestExposureSeconds,
}: {
  readonly fps: number;
  readonly longestExposureSeconds: number;
}): number {
  return Math.min(longestExposureSeconds, 1 / fps);
}
