import { SendWindow } from '../../src/platform/delivery/send-window.ts';
import { VirtualTime } from './virtual-time.ts';

type Window = Pick<SendWindow, 'canSend' | 'sent' | 'acknowledged' | 'receipted' | 'takeLate' | 'nextChangeMs'>;

export interface SlowLink {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
  /** Sizes of the captures, in the order in which they go. */
  readonly bytes: readonly number[];
  /** Another window, to show what would happen with it. */
  readonly windowOf?: (now: () => number) => Window;
}

export interface SlowLinkResult {
  /** Share of the time in which the link carried something. */
  readonly utilisation: number;
  readonly sends: number;
  /** How long something urgent would have waited behind what was already handed over, at the worst. */
  readonly longestWaitMs: number;
  readonly settled: number;
}

/** One keeper behind a link that carries one byte after the other: the window is real, the rest a model. */
export function runSlowLink(link: SlowLink): SlowLinkResult {
  const time = new VirtualTime();
  const window =
    link.windowOf?.(time.nowMs) ?? new SendWindow({ maxCaptures: 64, maxBytes: 4 * 2 ** 20, now: time.nowMs });
  const pending = link.bytes.map((_, index) => index);
  const settled = new Set<number>();
  const seen = new Set<number>();
  let cancel = (): void => undefined;
  let freeAtMs = 0;
  let busyMs = 0;
  let longestWaitMs = 0;
  let sends = 0;

  const serve = (): void => {
    for (const id of window.takeLate()) pending.push(Number(id));
    for (;;) {
      while (pending.length > 0 && settled.has(pending[0] as number)) pending.shift();
      const capture = pending[0];
      const bytes = link.bytes[capture ?? -1];
      if (capture === undefined || bytes === undefined || !window.canSend(bytes)) break;
      pending.shift();
      sends += 1;
      window.sent(String(capture), bytes, !seen.has(capture));
      seen.add(capture);
      const writeMs = (1000 * bytes) / link.bytesPerSecond;
      longestWaitMs = Math.max(longestWaitMs, freeAtMs - time.nowMs());
      freeAtMs = Math.max(freeAtMs, time.nowMs()) + writeMs;
      busyMs += writeMs;
      time.after(freeAtMs + link.roundTripMs - time.nowMs(), () => {
        window.acknowledged(String(capture));
        serve();
      });
      time.after(freeAtMs + link.roundTripMs + 150 - time.nowMs(), () => {
        window.receipted(String(capture));
        settled.add(capture);
        serve();
      });
    }
    cancel();
    if (Number.isFinite(window.nextChangeMs)) cancel = time.after(Math.max(1, window.nextChangeMs), serve);
  };
  serve();
  time.runPlain(86_400_000, () => settled.size === link.bytes.length);
  return { utilisation: busyMs / time.nowMs(), sends, longestWaitMs, settled: settled.size };
}
