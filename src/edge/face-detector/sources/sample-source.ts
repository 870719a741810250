import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Frame } from '../frame.ts';
import type { RgbPicture } from '../picture/picture.ts';
import { decodeImage } from './decode-image.ts';
import { PlayClock } from './play-clock.ts';
import { FRAMES_PER_PHOTO, viewAt } from './sample-tour.ts';
import { type FrameSource, noCounts, type SourceOptions } from './source.ts';
import { SourceError } from './source-error.ts';

const SIZE = { width: 1280, height: 720 };
const DEFAULT_FPS = 10;
const PHOTOS = [1, 2, 3, 4, 5, 6].map((n) => `sample${n}.jpg`);

/**
 * A camera that moves over the photographs of the dependency `@vladmandic/face-api`. At `max` every tour has the same frames; in real time a late
 * consumer gets the newest due one. Each photograph begins with a cut.
 */
export class SampleSource implements FrameSource {
  readonly kind = 'file';
  readonly name = 'sample';
  readonly counts = noCounts();
  readonly #options: SourceOptions;
  #used = false;
  #photo: { readonly number: number; readonly picture: RgbPicture } | undefined;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#used)
      throw new SourceError('source-used-twice', 'Expected frames() to be called once, got a second call');
    this.#used = true;
    const { pace, fps = DEFAULT_FPS, loop = false, onState } = this.#options;
    const paths = await samplePhotos();
    const tour = paths.length * FRAMES_PER_PHOTO;
    const clock = new PlayClock();
    onState?.({ state: 'streaming', restarts: 0 });
    let shown = -1;
    for (let index = 0; loop || index < tour; index += 1) {
      if (pace === 'realtime') {
        const due = this.#skipTo(
          Math.floor(clock.elapsedSeconds * fps),
          index,
          loop ? Number.POSITIVE_INFINITY : tour - 1,
        );
        index = due;
        await clock.until(index / fps, signal);
      }
      if (signal.aborted) break;
      const photo = Math.floor(index / FRAMES_PER_PHOTO);
      const data = await this.#render(paths, photo % paths.length, index % FRAMES_PER_PHOTO);
      if (signal.aborted) break;
      this.counts.delivered += 1;
      yield { ...SIZE, data, index, capturedAt: clock.at(index / fps), cut: photo !== shown };
      shown = photo;
    }
    onState?.({ state: 'ended', restarts: 0 });
  }

  #skipTo(due: number, index: number, last: number): number {
    const target = Math.min(Math.max(due, index), last);
    this.counts.dropped += target - index;
    return target;
  }

  async #render(paths: readonly string[], number: number, step: number): Promise<Buffer> {
    const path = paths[number];
    if (path === undefined) throw new RangeError(`Expected a photograph from 0 to ${paths.length - 1}, got ${number}`);
    if (this.#photo?.number !== number) this.#photo = { number, picture: await decodeImage(path) };
    const { data, width, height } = this.#photo.picture;
    return sharp(data, { raw: { width, height, channels: 3 } })
      .extract(viewAt(step, { width, height }, SIZE))
      .resize(SIZE.width, SIZE.height, { kernel: 'linear', fit: 'fill' })
      .raw()
      .toBuffer();
  }
}

/** The photographs' paths, in the tour's order. */
export async function samplePhotos(): Promise<string[]> {
  try {
    const manifest = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
    const paths = PHOTOS.map((name) => join(dirname(manifest), 'demo', name));
    await Promise.all(paths.map((path) => access(path)));
    return paths;
  } catch (cause) {
    throw new SourceError('sample-missing', 'Expected the photographs of the package @vladmandic/face-api, got none', {
      hint: 'install the dependencies: npm ci --include=optional',
      cause,
    });
  }
}
