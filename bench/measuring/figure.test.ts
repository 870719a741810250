import { expect, it } from 'vitest';
import { atLeast, atMost, formatFigures, verdict } from './figure.ts';

const figure = (ofGoal?: number) => ({
  name: 'x',
  goal: '≤ 1',
  measured: '1',
  ...(ofGoal === undefined ? {} : { ofGoal }),
});

it('passes up to the goal itself and falls short beyond', () => {
  expect(verdict(figure(atMost(0.125, 1 / 8)))).toBe('pass');
  expect(verdict(figure(atMost(0.1251, 1 / 8)))).toBe('short');
  expect(verdict(figure(atLeast(0.9, 0.9)))).toBe('pass');
  expect(verdict(figure(atLeast(0.89, 0.9)))).toBe('short');
  expect(verdict(figure())).toBe('');
});

it('knows nothing but none where none is allowed, and never passes nothing where some is needed', () => {
  expect(verdict(figure(atMost(0, 0)))).toBe('pass');
  expect(verdict(figure(atMost(1, 0)))).toBe('short');
  expect(verdict(figure(atLeast(0, 0.9)))).toBe('short');
});

it('falls short where nothing could be measured', () => {
  expect(verdict(figure(Number.NaN))).toBe('short');
});

it('writes a line for each figure and its note', () => {
  const text = formatFigures([{ ...figure(2), note: 'three runs' }, figure()]);
  expect(text.split('\n')).toEqual([
    'figure  goal  measured',
    'x       ≤ 1   1         2.000 of the goal  SHORT',
    '    three runs',
    'x       ≤ 1   1',
  ]);
});
