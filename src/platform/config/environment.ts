import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { errorMessage, UsageError } from '../sightline-error.ts';
import type { ConfigLayer } from './layer.ts';
import { childSchema, isArraySchema, knownKeys, type Path, typeSchema } from './schema-walk.ts';
import { readTextValue } from './text-value.ts';

export const ENVIRONMENT_PREFIX = 'SIGHTLINE_';
/** Not keys of the configuration: where it is, and what belongs to tests and to the launcher. */
const RESERVED = /^SIGHTLINE_(CONFIG$|TEST_|LAUNCHER_)/;

/**
 * Reads `SIGHTLINE_<KEY>` variables: the path of the key in capitals, words and levels parted by `_`, array items by index
 * (`SIGHTLINE_CAMERAS_0_SOURCE`). `<KEY>_FILE` names a file with the value, for secrets.
 * @throws UsageError for a variable that is no key, or a file that can't be read.
 */
export function readEnvironment(
  schema: z.core.$ZodType,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigLayer {
  const names = new Map<string, string>();
  const layer: ConfigLayer = {
    entries: [],
    describe: (path) => names.get(path.join('.')) ?? ENVIRONMENT_PREFIX + toWords(path.map(String)),
  };
  for (const [variable, text] of Object.entries(environment).sort()) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || RESERVED.test(variable) || text === undefined) continue;
    const words = variable.slice(ENVIRONMENT_PREFIX.length).split('_');
    const direct = resolve(schema, words);
    const fromFile = direct ?? (words.at(-1) === 'FILE' ? resolve(schema, words.slice(0, -1)) : undefined);
    if (!fromFile)
      throw new UsageError(
        `${variable}: Expected SIGHTLINE_ and a key of the configuration, got an unknown key`,
        'See `sightline check-config --help` for the keys.',
      );
    const value = direct ? text : readSecret(variable, text);
    names.set(fromFile.path.join('.'), variable);
    layer.entries.push({ path: fromFile.path, value: readTextValue(fromFile.schema, value) });
  }
  return layer;
}

function readSecret(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (cause) {
    throw new UsageError(`${variable}: Expected a file that can be read, got ${errorMessage(cause)}`);
  }
}

/** Finds the leaf that words such as SPOOL MAX BYTES mean: keys may have several words, so each split is tried. */
function resolve(
  schema: z.core.$ZodType,
  words: readonly string[],
  path: Path = [],
): { path: Path; schema: z.core.$ZodType } | undefined {
  const keys = knownKeys(schema);
  if (words.length === 0) {
    const type = typeSchema(schema);
    if (type) return { path: [...path, 'type'], schema: type };
    return keys || isArraySchema(schema) ? undefined : { path, schema };
  }
  if (isArraySchema(schema)) {
    const [index = '', ...rest] = words;
    const item = /^\d{1,3}$/.test(index) ? childSchema(schema, Number(index)) : undefined;
    return item && resolve(item, rest, [...path, Number(index)]);
  }
  for (const key of keys ?? []) {
    const keyWords = toWords([key]).split('_');
    const child = keyWords.every((word, index) => words[index] === word) ? childSchema(schema, key) : undefined;
    const found = child && resolve(child, words.slice(keyWords.length), [...path, key]);
    if (found) return found;
  }
  return undefined;
}

function toWords(path: readonly string[]): string {
  return path.map((key) => key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()).join('_');
}
