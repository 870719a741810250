import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../platform/log.ts';
import { openSource } from './open-source.ts';
import { FRAMES_PER_PHOTO, viewAt } from './sample-tour.ts';
import type { SourceOptions } from './source.ts';

const log = createLog({ level: 'silent', format: 'json' });
const never = new AbortController().signal;
const open = (options: Partial<SourceOptions>) =>
  openSource('sample', { pace: 'max', log, ffmpegPath: 'not-needed', ...options });

describe('sample', () => {
  it('shows each photograph once, begins each with a cut, and shows the same frames on every tour', async () => {
    const tours = [];
    for (let n = 0; n < 2; n += 1) {
      const hash = createHash('sha256');
      const cuts: number[] = [];
      let frames = 0;
      for await (const frame of (await open({})).frames(never)) {
        expect(frame).toMatchObject({ width: 1280, height: 720, index: frames });
        expect(frame.data.length).toBe(1280 * 720 * 3);
        if (frame.cut) cuts.push(frame.index);
        if (frame.index % 25 === 0) hash.update(frame.data);
        frames += 1;
      }
      tours.push({ frames, cuts, hash: hash.digest('hex') });
    }
    expect(tours[0]).toMatchObject({ frames: 300, cuts: [0, 50, 100, 150, 200, 250] });
    expect(tours[1]).toEqual(tours[0]);
  });

  it('goes round for ever when told to', async () => {
    const indices: number[] = [];
    for await (const { index, cut } of (await open({ loop: true })).frames(never)) {
      if (cut) indices.push(index);
      if (index === 300) break;
    }
    expect(indices.at(-1)).toBe(300);
  });

  it('moves at 10 frames a second in real time; a late consumer misses frames, which are counted, but no cut', async () => {
    const abort = new AbortController();
    const source = await open({ pace: 'realtime', fps: 100 });
    const seen: { index: number; cut: boolean }[] = [];
    for await (const { index, cut } of source.frames(abort.signal)) {
      seen.push({ index, cut });
      if (seen.length === 2) await sleep(800);
      if (seen.length === 4) break;
    }
    expect(seen[2]?.index).toBeGreaterThan(FRAMES_PER_PHOTO);
    expect(seen[2]?.cut).toBe(true);
    expect(source.counts.dropped).toBe((seen[3]?.index ?? 0) + 1 - 4);
  });

  it('never looks past the edge of a photograph, and covers all of its height', () => {
    const [photo, frame] = [
      { width: 1920, height: 1537 },
      { width: 1280, height: 720 },
    ];
    const views = [...Array(FRAMES_PER_PHOTO).keys()].map((step) => viewAt(step, photo, frame));
    for (const { left, top, width, height } of views) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(photo.width);
      expect(top + height).toBeLessThanOrEqual(photo.height);
    }
    expect(views[0]).toEqual({ left: 0, top: 0, width: 1920, height: 1080 });
    expect(Math.max(...views.map(({ top, height }) => top + height))).toBe(photo.height);
  });
});
