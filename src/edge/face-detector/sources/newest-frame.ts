import type { Frame } from '../frame.ts';

/** A place for one frame between a camera, which never waits, and a consumer: the newest frame wins. */
export class NewestFrame {
  #frame: Frame | undefined;
  #failure: unknown;
  #closed = false;
  #wake: (() => void) | undefined;

  /** @returns the frame that nobody took in time; its mark of a cut has passed to the new one. */
  put(frame: Frame): Frame | undefined {
    const lost = this.#frame;
    this.#frame = lost?.cut === true && !frame.cut ? { ...frame, cut: true } : frame;
    this.#wake?.();
    return lost;
  }

  /** After this the last frame can still be taken; then `take` gives undefined, or throws what is given here. */
  close(failure?: unknown): void {
    this.#closed = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async take(): Promise<Frame | undefined> {
    while (this.#frame === undefined && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame === undefined && this.#failure !== undefined) throw this.#failure;
    return frame;
  }
}
