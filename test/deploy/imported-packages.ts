import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// A statement begins its line; its names may go over several. The last kind loads a module where it is called.
const AT_ONCE = /^(?:import\b|export\b[^;'"`=]*\bfrom\b)[^;'"`=]*['"]([^'"\n]+)['"]/gm;
const LATER = /\b(?:import|new URL|resolve|require)\(\s*['"]([^'"\n]+)['"]/g;

/** Root dependencies, by package.json. */
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const ROOT_PACKAGES = Object.keys({ ...dependencies, ...optionalDependencies });

export interface Reach {
  readonly files: ReadonlySet<string>;
  /** Of package.json's, in order. */
  readonly packages: readonly string[];
}

/**
 * What modules of this checkout ask for, and what those ask for in turn. `later`: also what is loaded in the course of things, and
 * packages that are looked up by a name in quotes.
 */
export function reachOf(entries: readonly string[], { later }: { readonly later: boolean }): Reach {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!file.endsWith('.ts')) continue;
    const code = stripTypeScriptTypes(readFileSync(join(ROOT, file), 'utf8'));
    for (const wanted of wantedBy(code, later)) {
      const path = join(dirname(file), wanted);
      if (wanted.startsWith('.')) {
        if (/\.(ts|json)$/.test(wanted) && existsSync(join(ROOT, path))) waiting.push(path);
      } else if (ROOT_PACKAGES.includes(packageOf(wanted))) packages.add(packageOf(wanted));
    }
  }
  return { files, packages: [...packages].sort() };
}

function wantedBy(code: string, later: boolean): string[] {
  const named = (pattern: RegExp) => [...code.matchAll(pattern)].map(([, wanted = '']) => wanted);
  if (!later) return named(AT_ONCE);
  const byName = ROOT_PACKAGES.filter((name) => code.includes(`= '${name}'`));
  return [...named(AT_ONCE), ...named(LATER), ...byName];
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
