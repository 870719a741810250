import { UsageError } from '../platform/sightline-error.ts';

/** Flags of a run, not of the configuration. */
export const PACE_FLAGS = { once: { type: 'boolean' }, pace: { type: 'string' } } as const;

export const PACE_FLAGS_HELP = `  --once                end when the source has ended and its faces are settled
  --pace realtime|max   max: a file as fast as it goes, every frame of it`;

export interface RunFlags {
  readonly once: boolean;
  readonly pace: 'realtime' | 'max';
}

/** @throws UsageError for an unknown pace. */
export function readRunFlags(values: Readonly<Record<string, string | boolean | undefined>>): RunFlags {
  const { once, pace = 'realtime' } = values;
  if (pace !== 'realtime' && pace !== 'max')
    throw new UsageError(`--pace: Expected realtime or max, got ${JSON.stringify(pace)}`);
  return { once: once === true, pace };
}
