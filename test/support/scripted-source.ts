import type { Frame } from '../../src/edge/face-detector/frame.ts';
import { type FrameSource, noCounts, type SourceOptions } from '../../src/edge/face-detector/sources/source.ts';

/** A source that gives these frames and then ends, or falls silent until it is aborted; each frame that is given back is written over. */
export class ScriptedSource implements FrameSource {
  readonly name = 'scripted';
  readonly kind: FrameSource['kind'];
  readonly counts = noCounts();
  /** How often each frame was given back, by its index. */
  readonly released: number[] = [];
  readonly #frames: Iterable<Frame>;
  readonly #isSilentAfter: boolean;
  readonly #onState: SourceOptions['onState'];

  constructor(
    frames: Iterable<Frame>,
    options: Pick<SourceOptions, 'onState'>,
    { kind = 'live', isSilentAfter = false }: { kind?: FrameSource['kind']; isSilentAfter?: boolean } = {},
  ) {
    this.#frames = frames;
    this.#onState = options.onState;
    this.kind = kind;
    this.#isSilentAfter = isSilentAfter;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    this.#onState?.({ state: 'streaming', restarts: 0 });
    try {
      for (const frame of this.#frames) {
        if (signal.aborted) return;
        this.counts.delivered += 1;
        this.released[frame.index] = 0;
        yield { ...frame, release: () => this.#release(frame) };
      }
      if (this.#isSilentAfter && !signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
    } finally {
      this.#onState?.({ state: 'ended', restarts: 0 });
    }
  }

  #release({ index, data }: Frame): void {
    this.released[index] = (this.released[index] ?? 0) + 1;
    data.fill(0xaa);
  }
}
