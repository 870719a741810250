import type { Frame } from '../frame.ts';
import { NewestFrame } from './newest-frame.ts';
import type { PlayClock } from './play-clock.ts';
import { RateLimit } from './rate-limit.ts';
import type { SourceCounts } from './source.ts';

export interface RealTimeOptions {
  readonly clock: PlayClock;
  readonly fps: number | undefined;
  readonly counts: SourceCounts;
  readonly signal: AbortSignal;
}

/** Plays decoded frames at their own times. A consumer that is late gets the newest due frame; the others count as dropped. */
export async function* playInRealTime(
  decoded: AsyncIterable<Frame>,
  { clock, fps, counts, signal }: RealTimeOptions,
): AsyncGenerator<Frame> {
  const newest = new NewestFrame();
  const left = new AbortController();
  const over = AbortSignal.any([signal, left.signal]);
  const limit = new RateLimit(fps);
  const startMs = clock.at(0).getTime();
  const play = async (): Promise<void> => {
    for await (const frame of decoded) {
      const atMs = frame.capturedAt.getTime() - startMs;
      if (!limit.admits(atMs) && !frame.cut) {
        counts.passedOver += 1;
        frame.release?.();
        continue;
      }
      await clock.until(atMs / 1000, over);
      if (over.aborted) break;
      const lost = newest.put(frame);
      if (lost === undefined) continue;
      counts.dropped += 1;
      lost.release?.();
    }
  };
  const playing = play().then(
    () => newest.close(),
    (error: unknown) => newest.close(error),
  );
  try {
    for (let frame = await newest.take(); frame !== undefined; frame = await newest.take()) yield frame;
  } finally {
    left.abort();
    await playing;
  }
}
