import { type Box, sideOf } from '../detection.ts';
import { shareWithin } from '../intersection-over-union.ts';
import type { Track } from '../tracks/track.ts';

/** Of two faces that look equally good the one that stands still is the sharper: motion blur is hard to see in a small face. */
const UNSTEADY_COST = 0.2;
/** In sides of the face a second: half as unsteady as can be. */
const HALF_UNSTEADY = 0.3;

/**
 * By what shots of one visit are compared: the overall quality, less while the face moves and by what another face before or behind it takes.
 *
 * @param others boxes of all faces of the frame, its own among them.
 */
export function worthOf(
  quality: { readonly overall: number },
  { track, box, others }: { readonly track: Track; readonly box: Box; readonly others: readonly Box[] },
): number {
  const shared = Math.max(0, ...others.filter((other) => other !== box).map((other) => shareWithin(box, other)));
  return quality.overall * (1 - UNSTEADY_COST * unsteadiness(track)) * (1 - shared);
}

/** 0 for a face that stands still, towards 1 the faster it moves; 1 where nobody knows yet. */
function unsteadiness({ box, velocity, isConfirmed }: Track): number {
  if (!isConfirmed) return 1;
  const sidesPerSecond = Math.hypot(...velocity) / sideOf(box);
  return sidesPerSecond / (sidesPerSecond + HALF_UNSTEADY);
}
