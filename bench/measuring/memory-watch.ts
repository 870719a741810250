import { memoryOf } from './process-status.ts';

const LOOK_EVERY_MS = 500;

/** Looks again and again at how much of a process is resident, all threads. @returns what ends that and tells the most that was seen. */
export function watchMemory(pid: number): () => { readonly peakBytes: number; readonly lastBytes: number } {
  let peakBytes = 0;
  let lastBytes = 0;
  const look = () => {
    try {
      lastBytes = memoryOf(pid).residentBytes;
      peakBytes = Math.max(peakBytes, lastBytes);
    } catch {
      // It has ended: what was seen before counts.
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    look();
    clearInterval(timer);
    return { peakBytes, lastBytes };
  };
}
