import { usageFault } from './flags.ts';

const TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::\d\d(?::\d\d(?:\.\d+)?)?)?Z?)?$/;

/** What the help says of --from and --to. */
export const HOURS_HELP = `  --from T, --to T   hours of the captures' ids (UTC), both included: 2026-11-21 or 2026-11-21T05`;

/**
 * The hour that a time on the command line stands for: `YYYY-MM-DDTHH`; of a day alone its first, or for `to` its last.
 * @throws UsageError
 */
export function hourFlag(command: string, flag: 'from' | 'to', text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, day, hour = flag === 'from' ? '00' : '23'] = TIME.exec(text) ?? [];
  if (day === undefined || !isTime(`${day}T${hour}:00:00.000Z`)) {
    throw usageFault(
      command,
      `--${flag}: Expected a day or an hour in UTC such as 2026-11-21 or 2026-11-21T05, got ${JSON.stringify(text)}`,
    );
  }
  return `${day}T${hour}`;
}

/** 31 February is none. */
function isTime(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString() === text;
}
