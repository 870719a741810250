import type { Frame } from '../frame.ts';
import type { RgbPicture } from '../picture/picture.ts';
import { decodeImage } from './decode-image.ts';
import { PlayClock } from './play-clock.ts';
import { type FrameSource, noCounts, type SourceOptions } from './source.ts';
import { SourceError } from './source-error.ts';

/**
 * Images of a folder, or one alone; each is a frame of its own (`cut`). `index` is the image's place in the list, also when others before it could
 * not be used. `capturedAt` is the start plus `index` / fps (1 a second by default), at either pace. Nothing is ever dropped: images do not age.
 */
export class ImageSource implements FrameSource {
  readonly kind = 'file';
  readonly name: string;
  readonly counts = noCounts();
  readonly #paths: readonly string[];
  readonly #options: SourceOptions;
  #used = false;

  /** @param paths in the order in which they are shown */
  constructor(name: string, paths: readonly string[], options: SourceOptions) {
    this.name = name;
    this.#paths = paths;
    this.#options = options;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#used)
      throw new SourceError('source-used-twice', 'Expected frames() to be called once, got a second call');
    this.#used = true;
    const { pace, fps = 1, onState } = this.#options;
    const clock = new PlayClock();
    onState?.({ state: 'streaming', restarts: 0 });
    for (const [index, path] of this.#paths.entries()) {
      const picture = await this.#decode(path);
      if (picture === undefined) continue;
      if (pace === 'realtime') await clock.until(index / fps, signal);
      if (signal.aborted) break;
      this.counts.delivered += 1;
      yield { ...picture, index, capturedAt: clock.at(index / fps), cut: true };
    }
    onState?.({ state: 'ended', restarts: 0 });
    if (!signal.aborted && this.counts.delivered === 0) {
      const message = `Expected at least one readable image in ${this.name}, got ${this.counts.unreadable} that are not`;
      throw new SourceError('source-empty', message, { hint: 'the warnings above say why each was left out' });
    }
  }

  async #decode(path: string): Promise<RgbPicture | undefined> {
    try {
      return await decodeImage(path, this.#options.maxPixels);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.counts.unreadable += 1;
      this.#options.log.warn({ file: path, error: error.message, hint: error.hint }, 'image left out');
      return undefined;
    }
  }
}
