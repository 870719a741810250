import type { z } from 'zod';
import { redactUrl } from '../redact-url.ts';
import { childSchema, knownKeys, type Path } from './schema-walk.ts';

/** Words for what zod found wrong: the key's path, what was expected, and what was got. */
export interface ConfigIssue {
  readonly path: Path;
  readonly message: string;
}

/** Fields whose value must not be printed back. */
const SECRET = /password|secret|accessKey/i;

const KINDS: Readonly<Record<string, string>> = { object: 'keys with values', array: 'a list' };

export function describeIssues(
  schema: z.core.$ZodType,
  tree: unknown,
  issues: readonly z.core.$ZodIssue[],
): ConfigIssue[] {
  const told = new Set<string>();
  return issues.flatMap((issue) => {
    // zod measures the length of a text even where it wanted a list.
    if (told.has(issue.path.join('.'))) return [];
    if (issue.code === 'invalid_type') told.add(issue.path.join('.'));
    const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(schema, path, key) }));
    }
    const got = path.some((step) => SECRET.test(String(step))) ? 'something else' : describeValue(valueAt(tree, path));
    return [{ path, message: `${expectation(issue)}, got ${got}` }];
  });
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `Expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_type':
      return `Expected ${KINDS[issue.expected] ?? `a value of type ${issue.expected}`}`;
    case 'too_small':
      if (issue.origin === 'array') return issue.message;
      return issue.origin === 'string'
        ? 'Expected a text'
        : `Expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return issue.message;
      return `Expected at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_union':
      return issue.message.startsWith('Expected')
        ? issue.message
        : issue.errors
            .map((alternative) => alternative[0] && expectation(alternative[0]))
            .join(' or ')
            .replaceAll(' or Expected', ' or');
    default:
      return issue.message.startsWith('Expected') ? issue.message : `Expected a fitting value (${issue.message})`;
  }
}

function unknownKey(schema: z.core.$ZodType, path: Path, key: string): string {
  let parent: z.core.$ZodType | undefined = schema;
  for (const step of path) parent = parent && childSchema(parent, step);
  const known = (parent && knownKeys(parent)) ?? [];
  const [closest] = known
    .map((name) => ({ name, distance: distance(name.toLowerCase(), key.toLowerCase()) }))
    .filter((candidate) => candidate.distance <= Math.min(2, key.length / 2))
    .sort((a, b) => a.distance - b.distance);
  return `Expected one of ${known.join(', ')}, got an unknown key${closest ? `; did you mean ${closest.name}?` : ''}`;
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null ? (node as Record<string | number, unknown>)[step] : undefined,
    tree,
  );
}

/** Never the inside of a structure, nor the user and password of a URL: either may be a secret. */
function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object')
    return Array.isArray(value) ? `a list of ${value.length}` : `the keys ${Object.keys(value).join(', ') || '(none)'}`;
  const text = JSON.stringify(typeof value === 'string' ? redactUrl(value.replace(/:\/\/.*@/s, '://***@')) : value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Levenshtein distance, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
