import type { FaceDetectorCounts } from '../edge/face-detector/service.ts';
import type { StateCounts } from '../platform/spool/protocol.ts';

/** How custody ended for all that a run had in its hands. */
export interface Balance {
  readonly frames: number;
  readonly captured: number;
  readonly stored: number;
  readonly refused: number;
  readonly evicted: number;
  readonly released: number;
  readonly pending: number;
  readonly seconds: number;
}

/**
 * Draws the balance of a run. Captured is what the detector captured, what an earlier run left in outbox and spool, and what others published;
 * the rest is what became of these.
 */
export function drawBalance(
  detector: FaceDetectorCounts,
  before: StateCounts,
  after: StateCounts,
  seconds: number,
): Balance {
  const settled = (state: keyof StateCounts) => after[state] - before[state];
  const arrived = total(after) - total(before);
  // Negative where the forwarder had some of what an earlier run left in the outbox: they are counted as pending before.
  const fromOthers = Math.max(-detector.resumed, arrived - detector.held - detector.refused);
  return {
    frames: detector.frames,
    captured: detector.captured + detector.resumed + before.pending + fromOthers,
    stored: settled('stored'),
    refused: settled('refused'),
    evicted: settled('evicted') + detector.evicted,
    released: settled('released') + detector.released,
    pending: after.pending + detector.waiting,
    seconds: Math.round(seconds * 100) / 100,
  };
}

/** Does every capture have its end? */
export function isBalanced({ captured, stored, refused, evicted, released }: Balance): boolean {
  return captured === stored + refused + evicted + released;
}

function total({ pending, stored, refused, evicted, released }: StateCounts): number {
  return pending + stored + refused + evicted + released;
}
