import { describe, expect, it } from 'vitest';
import { NewestFrame } from './newest-frame.ts';

const frame = (index: number, cut = false) => ({
  width: 1,
  height: 1,
  data: Buffer.alloc(3),
  index,
  cut,
  capturedAt: new Date(0),
});

describe('NewestFrame', () => {
  it('keeps the newest, gives back the lost one, and never loses a cut', async () => {
    const newest = new NewestFrame();
    expect(newest.put(frame(0, true))).toBeUndefined();
    expect(newest.put(frame(1))).toMatchObject({ index: 0 });
    expect(await newest.take()).toMatchObject({ index: 1, cut: true });
  });

  it('gives the last frame after it was closed, then its end or its failure', async () => {
    const newest = new NewestFrame();
    const waiting = newest.take();
    newest.put(frame(0));
    newest.close(new Error('lost'));
    expect(await waiting).toMatchObject({ index: 0 });
    await expect(newest.take()).rejects.toThrow('lost');
  });
});
