import type { SyntheticDetector } from './synthetic-detector.ts';

/** Publishes evenly until it is told to end. */
export class Flow {
  readonly #running: Promise<void>;
  #isEnding = false;

  constructor(detector: SyntheticDetector, perSecond: number) {
    this.#running = this.#run(detector, perSecond);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  async #run(detector: SyntheticDetector, perSecond: number): Promise<void> {
    while (!this.#isEnding) await detector.emit(Math.ceil(perSecond / 4), 250);
  }
}

/** Publishes while something is done. */
export async function whileFlowing<Result>(
  detector: SyntheticDetector,
  perSecond: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const flow = new Flow(detector, perSecond);
  try {
    return await work();
  } finally {
    await flow.end();
  }
}
