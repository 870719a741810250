import type { Box } from '../detection.ts';
import { SSD_NUMBERS_PER_ANCHOR } from './ssd-graph.ts';

const CENTRE_VARIANCE = 10;
const SIZE_VARIANCE = 5;

/**
 * Boxes and scores from the network's numbers (Liu et al., «SSD: Single Shot MultiBox Detector», 2016, section 2.2).
 *
 * @param numbers N × 5: ty, tx, th, tw, logit.
 * @param anchors N × 4 as `anchorGrid` gives them.
 * @returns those with at least `minScore`, in pixels of the network's input, in the anchors' order.
 */
export function decodeSsd(
  numbers: Float32Array,
  anchors: Float64Array,
  minScore: number,
): { readonly anchor: number; readonly box: Box; readonly score: number }[] {
  const candidates: { anchor: number; box: Box; score: number }[] = [];
  for (let anchor = 0; anchor < anchors.length / 4; anchor++) {
    const at = anchor * SSD_NUMBERS_PER_ANCHOR;
    const score = 1 / (1 + Math.exp(-(numbers[at + 4] as number)));
    if (score < minScore) continue;
    const anchorWidth = anchors[anchor * 4 + 2] as number;
    const anchorHeight = anchors[anchor * 4 + 3] as number;
    const centreX = ((numbers[at + 1] as number) / CENTRE_VARIANCE) * anchorWidth + (anchors[anchor * 4] as number);
    const centreY = ((numbers[at] as number) / CENTRE_VARIANCE) * anchorHeight + (anchors[anchor * 4 + 1] as number);
    const width = Math.exp((numbers[at + 3] as number) / SIZE_VARIANCE) * anchorWidth;
    const height = Math.exp((numbers[at + 2] as number) / SIZE_VARIANCE) * anchorHeight;
    candidates.push({ anchor, box: { x: centreX - width / 2, y: centreY - height / 2, width, height }, score });
  }
  return candidates;
}
