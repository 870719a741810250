import { atLeast, atMost, type Figure } from '../measuring/figure.ts';
import { median } from '../measuring/statistics.ts';
import { countsAtHalf, jainIndex } from './fleet/fairness.ts';
import { runFleet } from './fleet-run.ts';
import type { TransportOptions } from './parts.ts';

const SENDS = 1.1;
const JAIN = 0.9;
/** What a device may send before its first receipt. */
const QUEUED_PER_DEVICE = 4;

/** Many devices that come back at once: nothing lost, fair shares, no flood. */
export async function fleetFigures({ say, devices, capturesPerDevice }: TransportOptions): Promise<Figure[]> {
  const run = await runFleet(devices, capturesPerDevice, say);
  const captures = devices * capturesPerDevice;
  const sends = run.devices.reduce((sum, device) => sum + device.sends, 0) / captures;
  const reconnects = run.devices.reduce((sum, device) => sum + device.reconnects, 0);
  const times = run.devices.map(({ receiptedAtMs }) => receiptedAtMs);
  const receipted = times.reduce((sum, { length }) => sum + length, 0);
  const jain = jainIndex(countsAtHalf(times));
  const firstMs = Math.min(...times.map(([first]) => first ?? Number.POSITIVE_INFINITY));
  const finishesMs = times.map((list) => (list.at(-1) ?? Number.NaN) - firstMs);
  const name = `${devices} devices`;
  return [
    {
      name: `${name}: captures without an object`,
      goal: '0',
      measured: String(captures - run.objects),
      ofGoal: receipted < captures ? Number.NaN : atMost(Math.abs(captures - run.objects), 0),
      note: `${captures} captures, ${receipted} with a receipt, ${run.objects} objects, in ${run.seconds.toFixed(0)} s: ${(receipted / run.seconds).toFixed(0)} a second`,
    },
    {
      name: `${name}: sends of each capture`,
      goal: `≤ ${SENDS}`,
      measured: sends.toFixed(3),
      ofGoal: atMost(sends, SENDS),
      note: `${reconnects} connections anew`,
    },
    {
      name: `${name}: Jain's index when half is done`,
      goal: `≥ ${JAIN}`,
      measured: jain.toFixed(3),
      ofGoal: atLeast(jain, JAIN),
      note: `a device was done after ${seconds(Math.min(...finishesMs))} at the earliest, ${seconds(median(finishesMs))} in the middle, ${seconds(Math.max(...finishesMs))} at the latest`,
    },
    {
      name: `${name}: messages in the broker, at most`,
      goal: `≤ ${QUEUED_PER_DEVICE * devices}`,
      measured: String(run.peakQueued),
      ofGoal: atMost(run.peakQueued, QUEUED_PER_DEVICE * devices),
      note: `Mosquitto's memory at most ${(run.peakBrokerBytes / 2 ** 20).toFixed(0)} MiB`,
    },
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
