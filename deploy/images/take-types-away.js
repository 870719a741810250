import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

const RELATIVE_TYPESCRIPT = /(['"])(\.\.?\/[^'"\n]*)\.ts\1/g;
const RELATIVE = /(?:from|import|import\(|new URL\()\s*(['"])(\.\.?\/[^'"\n]*\.(?:js|json))\1/g;
/** Tests and what makes their files: they ask for packages that no image has. */
const NOT_RUN = /\.test\.ts$|(^|\/)fixtures\/|(^|\/)make-reference-outputs\.ts$/;

/**
 * Node takes the types away each time it reads a .ts file: 19 MB and a moment at every start, since an image's file system is
 * read-only. So it is done once. Lines and columns stay where they are.
 * @param {string} from a folder of TypeScript, `src`
 * @param {string} to
 * @returns {string[]} the files written
 * @throws {Error} where a file asks for one that is not there
 */
export function takeTypesAway(from, to) {
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
    .filter((path) => !NOT_RUN.test(path));
  const written = files.map((path) => {
    const target = join(to, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    if (target.endsWith('.js')) writeFileSync(target, toJavaScript(readFileSync(join(from, path), 'utf8')));
    else copyFileSync(join(from, path), target);
    return target;
  });
  for (const path of written.filter((path) => path.endsWith('.js'))) assertComplete(path, to);
  return written;
}

/** @param {string} text */
export function toJavaScript(text) {
  return stripTypeScriptTypes(text).replace(RELATIVE_TYPESCRIPT, '$1$2.js$1');
}

/**
 * @param {string} path
 * @param {string} to what lies outside is not ours to write
 */
function assertComplete(path, to) {
  for (const [, , wanted = ''] of readFileSync(path, 'utf8').matchAll(RELATIVE)) {
    const target = join(dirname(path), wanted);
    if (!target.startsWith(join(to, '/')) || existsSync(target)) continue;
    throw new Error(`Expected ${wanted} beside ${path}, which asks for it, got none: is it a test's file?`);
  }
}
