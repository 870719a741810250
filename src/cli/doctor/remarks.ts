import { statfs } from 'node:fs/promises';
import type { Config } from '../../platform/config/schema.ts';
import type { Journey } from './journey.ts';

/** Clocks closer than this are as good as one. */
const NOTABLE_SKEW_MS = 1_000;

/**
 * How far the image-processor's clock is from this machine's, or undefined when that is not worth a word.
 * @param publishedAtMs Monotonic time at which the test image left.
 */
export function clockRemark({ seenAtMs, settled }: Journey, publishedAtMs: number): string | undefined {
  const report = settled?.receipt.test;
  if (!settled || !report) return undefined;
  const from = seenAtMs ?? publishedAtMs;
  const middle = performance.timeOrigin + (from + settled.atMs) / 2;
  const skewMs = Date.parse(report.at) - middle;
  const uncertainMs = (settled.atMs - from) / 2;
  if (Math.abs(skewMs) < uncertainMs + NOTABLE_SKEW_MS) return undefined;
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  return `the clock of ${settled.receipt.by} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's: which is right? Captures are filed by the camera's clock`;
}

/** Whether the spool's disk is nearly full, where the spool is on this machine. */
export async function diskRemark({ spool }: Config): Promise<string | undefined> {
  const disk = await statfs(spool.path).catch(() => undefined);
  if (!disk) return undefined;
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes >= spool.minFreeBytes) return undefined;
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return `the disk of the spool (${spool.path}) has ${mib(freeBytes)} free, less than spool.minFreeBytes (${mib(spool.minFreeBytes)}): the spool does not grow any more`;
}
