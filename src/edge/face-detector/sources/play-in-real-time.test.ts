import { expect, it } from 'vitest';
import { collect } from '../../../../test/support/collect.ts';
import type { Frame } from '../frame.ts';
import { PlayClock } from './play-clock.ts';
import { playInRealTime } from './play-in-real-time.ts';
import { noCounts } from './source.ts';

it('keeps the frame with which a picture of another size begins, and gives back those that it leaves out', async () => {
  const clock = new PlayClock();
  const counts = noCounts();
  const released: number[] = [];
  async function* decoded(): AsyncGenerator<Frame> {
    for (let index = 0; index < 6; index += 1) {
      const width = index < 3 ? 4 : 2;
      const data = new Uint8Array(width * 6);
      const facts = { index, capturedAt: clock.at(index / 50), cut: index === 0 || index === 3 };
      yield { ...facts, width, height: 2, data, release: () => released.push(index) };
    }
  }
  const { signal } = new AbortController();
  const frames = await collect(playInRealTime(decoded(), { clock, fps: 1, counts, signal }));
  expect(frames.map(({ index, cut }) => [index, cut])).toEqual([
    [0, true],
    [3, true],
  ]);
  expect(counts.passedOver).toBe(4);
  expect(released).toEqual([1, 2, 4, 5]);
});
