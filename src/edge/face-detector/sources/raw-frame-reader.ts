import type { Readable } from 'node:stream';
import { type YuvColour, type YuvPicture, yuvBytes } from '../picture/picture.ts';

export interface FrameShape {
  readonly width: number;
  readonly height: number;
  /** The frame's own time in seconds from the start of the stream; undefined where the stream has none. */
  readonly ptsSeconds: number | undefined;
  readonly colour: YuvColour;
}

export interface RawFrame extends FrameShape, YuvPicture {}

/** So many complete frames wait for the consumer before the pipe is no longer read: the decoder works ahead, memory stays flat. */
const READ_AHEAD_FRAMES = 2;

/**
 * Cuts a stream of bare I420 into frames. The bytes do not say how large a frame is: that comes by `announce`, one call a
 * frame and in their order, before or after the bytes themselves.
 */
export class RawFrameReader {
  readonly #stdout: Readable;
  readonly #shapes: FrameShape[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #ready: RawFrame[] = [];
  #data: Buffer | undefined;
  #filled = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(stdout: Readable) {
    this.#stdout = stdout;
  }

  start(): void {
    this.#stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#assemble();
    });
    // A broken pipe is the child's end, which comes by `end`.
    this.#stdout.on('error', () => undefined);
  }

  /** To be called when both the bytes and the announcements are over. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  announce(shape: FrameShape): void {
    this.#shapes.push(shape);
    this.#assemble();
  }

  /** The next whole frame, or undefined when the stream has ended; half a frame at its end is left out. */
  async next(): Promise<RawFrame | undefined> {
    while (this.#ready.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#ready.shift();
    this.#assemble();
    return frame;
  }

  #assemble(): void {
    while (this.#ready.length < READ_AHEAD_FRAMES && this.#fillOne());
    const mustWait = this.#chunks.length > 0;
    if (mustWait) this.#stdout.pause();
    else if (this.#stdout.isPaused()) this.#stdout.resume();
  }

  /** @returns whether a frame became complete */
  #fillOne(): boolean {
    const shape = this.#shapes[0];
    if (shape === undefined) return false;
    this.#data ??= Buffer.allocUnsafeSlow(yuvBytes(shape.width, shape.height));
    for (
      let chunk = this.#chunks[0];
      chunk !== undefined && this.#filled < this.#data.length;
      chunk = this.#chunks[0]
    ) {
      const copied = chunk.copy(this.#data, this.#filled);
      this.#filled += copied;
      if (copied === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(copied);
    }
    if (this.#filled < this.#data.length) return false;
    this.#ready.push({ ...shape, data: this.#data });
    this.#shapes.shift();
    this.#data = undefined;
    this.#filled = 0;
    this.#wake?.();
    return true;
  }
}
