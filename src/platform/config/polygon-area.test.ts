import { describe, expect, it } from 'vitest';
import { type Corner, evenOddArea } from './polygon-area.ts';

/** A star of five points, drawn in one stroke: its middle lies outside by the even-odd rule. */
const STAR = [0, 2, 4, 1, 3].map(
  (step): Corner => [Math.sin((step * 2 * Math.PI) / 5), -Math.cos((step * 2 * Math.PI) / 5)],
);

describe('evenOddArea', () => {
  it.each<[string, readonly Corner[], number]>([
    [
      'a triangle',
      [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
      0.5,
    ],
    [
      'a square, either way round',
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ],
      1,
    ],
    [
      'a hollow shape',
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0.5, 0.5],
        [0, 1],
      ],
      0.75,
    ],
    [
      'both halves of a figure of eight',
      [
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ],
      0.5,
    ],
    ['the five arms of a star', STAR, 0.7757],
    [
      'a line',
      [
        [0, 0],
        [0.3, 0.6],
        [0.4, 0.8],
      ],
      0,
    ],
    [
      'a path and back',
      [
        [0, 0],
        [1, 0],
        [0.2, 1],
        [1, 0],
      ],
      0,
    ],
  ])('of %s', (_, corners, area) => {
    expect(evenOddArea(corners)).toBeCloseTo(area, 3);
  });
});
