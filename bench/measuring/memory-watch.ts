import { memoryOf } from './process-status.ts';

const LOOK_EVERY_MS = 500;

export interface MemoryPeak {
  /** Resident, all threads. */
  readonly peakBytes: number;
  /** The part of them that were files, such as Node itself. */
  readonly fileBytes: number;
}

/** Looks again and again at a process's memory. @returns what ends that and tells the most that was seen. */
export function watchMemory(pid: number): () => MemoryPeak {
  let peak: MemoryPeak = { peakBytes: 0, fileBytes: 0 };
  const look = () => {
    try {
      const { residentBytes, fileBytes } = memoryOf(pid);
      if (residentBytes > peak.peakBytes) peak = { peakBytes: residentBytes, fileBytes };
    } catch {
      // It has ended: what was seen before counts.
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    look();
    clearInterval(timer);
    return peak;
  };
}
