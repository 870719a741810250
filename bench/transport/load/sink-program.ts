import { answerCalls } from './child-calls.ts';
import { serveCredits } from './credits.ts';
import { ReceiptWatch, type ReceiptWatchOptions } from './receipt-watch.ts';
import { type Arrivals, Sink, type SinkOptions } from './sink.ts';
import type { Tally, TallyTotals } from './tally.ts';

export interface SinkSample extends TallyTotals {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Of captures; not of receipts. */
  readonly arrivals?: Arrivals;
  readonly refused?: number;
}

let tally: Tally;
let sink: Sink | undefined;
let watch: ReceiptWatch | undefined;

/** What stands at the end of the way, in a process of its own: takes captures, or watches the receipts of a real store. */
answerCalls({
  async takeCaptures(options: SinkOptions) {
    sink = new Sink(options);
    tally = sink.tally;
    await sink.start();
    return serveCredits(() => tally.totals.captures);
  },
  async watchReceipts(options: ReceiptWatchOptions) {
    watch = new ReceiptWatch(options);
    tally = watch.tally;
    await watch.start();
    return serveCredits(() => tally.totals.captures);
  },
  sample: (): SinkSample => ({
    atMs: performance.timeOrigin + performance.now(),
    ...tally.totals,
    ...(sink ? { arrivals: sink.arrivals } : {}),
    ...(watch ? { refused: watch.refused } : {}),
  }),
  takeLatenciesMs: (generator: number) => tally.takeLatenciesMs(generator),
  finishedAtMs: () => [...tally.finishedAtMs],
});
