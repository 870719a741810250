import { SendWindow } from '../../src/platform/delivery/send-window.ts';
import { Random } from '../support/random.ts';
import { VirtualTime } from './virtual-time.ts';

/** The window as a thousand forwarders use it. */
type Window = Pick<SendWindow, 'canSend' | 'sent' | 'acknowledged' | 'receipted' | 'takeLate' | 'nextChangeMs'>;

export interface Crowd {
  readonly devices: number;
  readonly capturesEach: number;
  readonly processors: number;
  /** What one processor stores per second. */
  readonly perSecond: number;
  /** How long the store itself takes, whatever waits. */
  readonly storeMs: number;
  /** Share of receipts that are lost. */
  readonly lostReceipts: number;
  readonly seed: number;
  /** Another window, to show what would happen with it. */
  readonly windowOf?: (now: () => number, random: () => number) => Window;
}

export interface CrowdResult {
  readonly seconds: number;
  readonly sendsPerCapture: number;
  /** Captures that waited in the broker at the worst. */
  readonly longestQueue: number;
  /** Jain's index of what the devices had stored at half time: 1 when all had the same. */
  readonly fairness: number;
  readonly stored: number;
}

interface Device {
  readonly window: Window;
  readonly pending: number[];
  readonly done: Set<number>;
  cancel: () => void;
}

const CAPTURE_BYTES = 40_000;
/** One device's way to the broker and back. */
const LINK_MS = 20;

/** Devices that come back at once, one broker, processors that share its queue: the sending side is real, the rest a model. */
export function runCrowd(crowd: Crowd): CrowdResult {
  const time = new VirtualTime();
  const random = new Random(crowd.seed);
  const queue: { device: Device; capture: number }[] = [];
  const stored = new Set<number>();
  const total = crowd.devices * crowd.capturesEach;
  const devices: Device[] = [];
  let sends = 0;
  let longestQueue = 0;
  let settled = 0;
  let fairness = 0;
  let idle = crowd.processors;

  const work = (): void => {
    while (idle > 0 && queue.length > 0) {
      const { device, capture } = queue.shift() as (typeof queue)[number];
      idle -= 1;
      time.after(1000 / crowd.perSecond, () => {
        idle += 1;
        time.after(crowd.storeMs, () => {
          stored.add(capture);
          // Receipts leave in batches.
          if (!random.chance(crowd.lostReceipts))
            time.after(LINK_MS + 100 * random.next(), () => receipt(device, capture));
        });
        work();
      });
    }
  };
  const receipt = (device: Device, capture: number): void => {
    device.window.receipted(String(capture));
    if (!device.done.has(capture)) {
      device.done.add(capture);
      settled += 1;
      if (settled === Math.floor(total / 2)) fairness = jain(devices.map(({ done }) => done.size));
    }
    serve(device);
  };
  const serve = (device: Device): void => {
    const { window, pending, done } = device;
    for (const id of window.takeLate()) pending.push(Number(id));
    for (;;) {
      while (pending.length > 0 && done.has(pending[0] as number)) pending.shift();
      const capture = pending[0];
      if (capture === undefined || !window.canSend(CAPTURE_BYTES)) break;
      pending.shift();
      const id = String(capture);
      window.sent(id, CAPTURE_BYTES, !seen.has(capture));
      seen.add(capture);
      sends += 1;
      time.after(LINK_MS, () => {
        queue.push({ device, capture });
        longestQueue = Math.max(longestQueue, queue.length);
        work();
        time.after(LINK_MS, () => {
          window.acknowledged(id);
          serve(device);
        });
      });
    }
    device.cancel();
    if (Number.isFinite(window.nextChangeMs))
      device.cancel = time.after(Math.max(1, window.nextChangeMs), () => serve(device));
  };
  const seen = new Set<number>();
  for (let index = 0; index < crowd.devices; index += 1) {
    const options = { maxCaptures: 64, maxBytes: 4 * 2 ** 20, now: time.nowMs, random: () => random.next() };
    devices.push({
      window: crowd.windowOf?.(time.nowMs, () => random.next()) ?? new SendWindow(options),
      pending: Array.from({ length: crowd.capturesEach }, (_, number) => index * crowd.capturesEach + number),
      done: new Set(),
      cancel: () => undefined,
    });
  }
  for (const device of devices) serve(device);
  time.runPlain(3_600_000, () => settled === total);
  return {
    seconds: time.nowMs() / 1000,
    sendsPerCapture: sends / total,
    longestQueue,
    fairness,
    stored: stored.size,
  };
}

function jain(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  const squares = shares.reduce((all, share) => all + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}
