import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { errorMessage, UsageError } from '../sightline-error.ts';
import type { Path } from './schema-walk.ts';

export interface ConfigFile {
  readonly name: string;
  /** What the file says, as plain values. */
  readonly tree: Record<string, unknown>;
  /** The line of a key, from 1; of the nearest key above it when the key itself is not in the file. */
  lineOf(path: Path): number | undefined;
}

/** @throws UsageError when the file can't be read or is no YAML mapping. */
export function readConfigFile(name: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    throw new UsageError(
      `${name}: Expected a configuration file, got ${errorMessage(cause)}`,
      'Make one with `sightline init`.',
    );
  }
  return parseConfigText(name, text);
}

export function parseConfigText(name: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error)
    throw new UsageError(
      `${name}:${lines.linePos(error.pos[0]).line}: Expected YAML, got ${error.message.split('\n')[0]}`,
    );
  const tree: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (typeof tree !== 'object' || Array.isArray(tree))
    throw new UsageError(`${name}:1: Expected keys with values, got a ${Array.isArray(tree) ? 'list' : typeof tree}`);
  return { name, tree: tree as Record<string, unknown>, lineOf: (path) => lineOf(document, lines, path) };
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const start = findStart(document, path.slice(0, length));
    if (start !== undefined) return lines.linePos(start).line;
  }
  return undefined;
}

/** Where a key, or an item of a list, begins in the text. */
function findStart(document: Document, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isSeq(parent)) {
    const item = parent.items[Number(path.at(-1))];
    return isNode(item) ? item.range?.[0] : undefined;
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}
