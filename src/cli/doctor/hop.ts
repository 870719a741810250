/** The stations of a test image, in the order of its way. */
export const HOPS = [
  'configuration',
  'edge broker',
  'cloud broker',
  'forwarder',
  'uplink',
  'image-processor',
  'store',
] as const;
export type HopName = (typeof HOPS)[number];

/** Why a hop failed, for a person who wants to mend it. */
export interface Fault {
  readonly expected: string;
  readonly got: string;
  /** What others said of it when they were asked. */
  readonly heard: readonly string[];
  readonly advice: readonly string[];
}

export interface Hop {
  readonly name: HopName;
  /** `unseen`: it can't be seen from here, but what came after it shows that it works, or that nothing is known. */
  readonly state: 'ok' | 'failed' | 'unseen' | 'skipped';
  /** Since the hop before. */
  readonly tookMs: number;
  /** Since doctor began. */
  readonly atMs: number;
  readonly words: string;
  readonly fault?: Fault;
}
