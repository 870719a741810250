import { expect, it } from 'vitest';
import { metricSum } from './metrics-text.ts';

const TEXT = `# HELP a_total Of a.
# TYPE a_total counter
a_total{camera="door"} 3
a_total{camera="gate",why="x y"} 4.5
a_total_more 100
b 0
`;

it('sums a metric over its labels, and no other whose name begins alike', () => {
  expect(metricSum(TEXT, 'a_total')).toBe(7.5);
  expect(metricSum(TEXT, 'b')).toBe(0);
});

it('knows none from zero', () => {
  expect(metricSum(TEXT, 'c')).toBeUndefined();
});
