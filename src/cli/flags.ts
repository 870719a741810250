import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { errorMessage, UsageError } from '../platform/sightline-error.ts';

/** Flags by their name: 'string' takes a value, 'list' one each time it is given. */
export type FlagTypes = Readonly<Record<string, 'string' | 'boolean' | 'list'>>;

export interface Flags {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** The value of a flag of type string. */
  text(flag: string): string | undefined;
  has(flag: string): boolean;
  /** The values of a flag of type list; [] where it was not given. */
  list(flag: string): readonly string[];
}

/** @throws UsageError for an unknown flag, a missing value, or more or fewer words than the command takes. */
export function readFlags(
  command: string,
  args: readonly string[],
  types: FlagTypes,
  words: { readonly min?: number; readonly max?: number; readonly what?: string } = {},
): Flags {
  const { min = 0, max = 0, what = 'argument' } = words;
  const options = Object.fromEntries(
    Object.entries(types).map(([flag, type]): [string, ParseArgsOptionDescriptor] => [
      flag,
      type === 'list' ? { type: 'string', multiple: true } : { type },
    ]),
  );
  let values: Flags['values'];
  let positionals: string[];
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    values = parsed.values as typeof values;
    positionals = parsed.positionals;
  } catch (error) {
    // Node adds a hint on `--` that helps nobody here.
    throw usageFault(command, errorMessage(error).replace(/\. To specify.*/s, ''));
  }
  const extra = positionals[max];
  if (extra !== undefined)
    throw usageFault(command, `Expected ${describeCount(max, what)}, got ${JSON.stringify(extra)} too`);
  if (positionals.length < min) throw usageFault(command, `Expected ${what}, got nothing`);
  return {
    values,
    positionals,
    text: (flag) => (typeof values[flag] === 'string' ? values[flag] : undefined),
    has: (flag) => values[flag] === true,
    list: (flag) => listOf(values[flag]),
  };
}

function listOf(value: Flags['values'][string]): readonly string[] {
  return typeof value === 'object' ? value : [];
}

/** A fault in how a command was called. */
export function usageFault(command: string, message: string): UsageError {
  return new UsageError(`${command}: ${message}`, `See \`sightline ${command} --help\`.`);
}

function describeCount(max: number, what: string): string {
  return max === 0 ? 'no argument' : `${max === 1 ? 'one' : `at most ${max}`} ${what}`;
}
