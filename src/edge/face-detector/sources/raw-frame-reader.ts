import type { Readable } from 'node:stream';
import { freeArrays } from '../free-arrays.ts';
import { type YuvColour, type YuvPicture, yuvLayout } from '../picture/picture.ts';

export interface FrameShape {
  readonly width: number;
  readonly height: number;
  /** The frame's own time in seconds from the start of the stream; undefined where the stream has none. */
  readonly ptsSeconds: number | undefined;
  readonly colour: YuvColour;
}

export interface RawFrame extends FrameShape, YuvPicture {
  /** Gives the memory back for another frame: this one must not be used afterwards. What is never released is left to the garbage collector. */
  release(): void;
}

/** So many complete frames wait for the consumer before the pipe is no longer read: the decoder works ahead, memory stays flat. */
const READ_AHEAD_FRAMES = 1;
/** Those waiting, the one being filled and the one that the consumer has. */
const MAX_SPARE = READ_AHEAD_FRAMES + 2;

/**
 * Cuts a stream of bare I420 into frames. The bytes do not say how large a frame is: that comes by `announce`, one call a
 * frame and in their order, before or after the bytes themselves.
 */
export class RawFrameReader {
  readonly #stdout: Readable;
  readonly #shapes: FrameShape[] = [];
  readonly #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are in a frame already. */
  #consumed = 0;
  readonly #ready: RawFrame[] = [];
  /** Memory of released frames: fresh pages for each frame cost as much as the copy into them. */
  #spare: Buffer[] = [];
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
    this.#data ??= this.#memory(yuvLayout(shape).bytes);
    while (this.#filled < this.#data.length) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const copied = chunk.copy(this.#data, this.#filled, this.#consumed);
      this.#filled += copied;
      this.#consumed += copied;
      if (this.#consumed < chunk.length) continue;
      this.#chunks.shift();
      this.#consumed = 0;
      freeArrays([chunk]);
    }
    if (this.#filled < this.#data.length) return false;
    const data = this.#data;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased && this.#spare.length < MAX_SPARE) this.#spare.push(data);
      isReleased = true;
    };
    this.#ready.push({ ...shape, data, release });
    this.#shapes.shift();
    this.#data = undefined;
    this.#filled = 0;
    this.#wake?.();
    return true;
  }

  #memory(bytes: number): Buffer {
    const spare = this.#spare.pop();
    if (spare?.length === bytes) return spare;
    this.#spare = [];
    return Buffer.allocUnsafeSlow(bytes);
  }
}
