import { RawClient } from '../wire/raw-client.ts';
import { answerCalls } from './child-calls.ts';
import { followCredits } from './credits.ts';
import { Generator, type GeneratorOptions } from './generator.ts';
import { ReceiptWatch } from './receipt-watch.ts';

export interface GeneratorStart extends GeneratorOptions {
  /** Of the broker it publishes to. */
  readonly port: number;
  /** Counts `held` receipts. */
  readonly isWithReceipts: boolean;
}

export interface GeneratorSample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly published: number;
  readonly held: number;
  readonly refused: number;
}

let generator: Generator;
let watch: ReceiptWatch | undefined;
let onHeld: (captures: number) => void = () => undefined;
let unfollow: () => void = () => undefined;

/** A Generator in a process of its own. */
answerCalls({
  async start({ port, isWithReceipts, ...options }: GeneratorStart) {
    const client = await RawClient.open({
      port,
      clientId: `bench-generator-${process.pid}`,
      handler: {
        onPublish: () => undefined,
        onPayload: () => undefined,
        onPublishEnd: () => undefined,
        onPuback: () => generator.acknowledged(),
      },
    });
    generator = await Generator.create(options, client);
    if (!isWithReceipts) return;
    const { device } = options;
    watch = new ReceiptWatch({ port, device, state: 'held', onReceipt: (captures) => onHeld(captures) });
    await watch.start();
  },
  /** So many more than have come to a sink. */
  followSink({ creditPort, ahead }: { creditPort: number; ahead: number }) {
    generator.allow(ahead);
    unfollow = followCredits(creditPort, (captures) => generator.allow(captures + ahead));
  },
  /** So many more than are held, up to a number in all. */
  followHeld({ ahead, upTo = Number.POSITIVE_INFINITY }: { ahead: number; upTo?: number }) {
    onHeld = (held) => generator.allow(Math.min(held + ahead, upTo));
    onHeld(watch?.tally.totals.captures ?? 0);
  },
  allow: (captures: number) => generator.allow(captures),
  keepPace: (perSecond: number) => generator.keepPace(perSecond),
  /** Publishes nothing more, until it is told to anew. */
  rest() {
    unfollow();
    onHeld = () => undefined;
    generator.stop();
  },
  sample: (): GeneratorSample => ({
    atMs: performance.timeOrigin + performance.now(),
    published: generator.published,
    held: watch?.tally.totals.captures ?? 0,
    refused: watch?.refused ?? 0,
  }),
});
