import { Random } from '../support/random.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage-parts.ts';
import { type Verdict, verdictText } from './verdict.ts';

/** A fault of the matrix, as it is played on a stage. */
export interface FaultRow {
  /** Number in the fault matrix; 0: not of it. */
  readonly row: number;
  /** What happens, in a few words; unique. */
  readonly name: string;
  /** Played in `npm test` too. */
  readonly isQuick?: boolean;
  /** What it can't do without, in words for people; undefined: nothing. */
  readonly missing?: () => string | undefined;
  readonly stage?: (random: Random) => Partial<StageOptions>;
  /** Publishes, makes the fault, ends it. Throws when something is not as expected, beyond the six invariants. */
  readonly play: (stage: Stage, random: Random) => Promise<void>;
  /** Default 60 s. */
  readonly maxRecoveryMs?: number;
}

export interface RunResult {
  readonly row: FaultRow;
  readonly seed: number;
  readonly verdict: Verdict | undefined;
  /** What was not as expected; undefined: all was. */
  readonly fault: string | undefined;
  readonly seconds: number;
  readonly captures: number;
  readonly peakMiB: Readonly<Record<string, number>>;
}

/**
 * Plays one row from the beginning to the verdict and clears up; the same seed makes the same plan.
 * @param audits whether `sightline audit` is asked too, once all holds
 */
export async function playRow(row: FaultRow, seed: number, audits = true): Promise<RunResult> {
  const random = new Random(seed);
  const stage = new Stage({ random, ...row.stage?.(random) });
  const beganMs = performance.now();
  let verdict: Verdict | undefined;
  let fault: string | undefined;
  try {
    await stage.start();
    await row.play(stage, random);
    verdict = await stage.verdict(row.maxRecoveryMs);
    if (!verdict.holds) fault = verdictText(verdict);
    else if (audits) fault = (await stage.audit()) || undefined;
  } catch (error) {
    fault = error instanceof Error ? `${error.message} ${stage.crashes().join('; ')}` : String(error);
  } finally {
    await stage.stop();
  }
  const seconds = (performance.now() - beganMs) / 1000;
  return { row, seed, verdict, fault, seconds, captures: stage.published, peakMiB: stage.peakMiB() };
}
