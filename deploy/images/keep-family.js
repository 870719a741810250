import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readLock } from '../../setup/installed.js';
import { prune } from '../../setup/prune.js';

/**
 * `entries` are loaded for themselves, `packages` are all that they and what they import ask for. What is in `every` is loaded
 * by all; of that, only what it imports at once counts, since it loads each service where it is asked for.
 * @typedef {Record<string, { entries: string[], packages: string[] }>} Families
 */
/** @typedef {{ dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Needs */

/** What no run opens in a package: types, maps back to sources, texts for people (licences stay), tests, modules for bundlers and browsers. */
const UNREAD = [
  /\.(map|md|markdown|ts|mts|cts|flow|tsbuildinfo)$/,
  /^(@aws-sdk|@smithy)\/[^/]+\/dist-(es|types)\//,
  /\.(test|spec)\.[cm]?js$/,
  /^(@[^/]+\/)?[^/]+\/(tests?|__tests__|bench(mark)?s?|examples?)\//,
  /^(mqtt\/dist|yaml\/browser)\//,
  /^onnxruntime-node\/script\//,
  /^@vladmandic\/face-api\/(?!package\.json$|LICENSE$|demo\/sample\d\.jpg$|model\/(ssd_mobilenetv1|face_landmark_68_tiny)_model)/,
];
const LICENCE = /(^|\/)(licen[cs]e|notice|copying|third)[^/]*$/i;

/** @returns {Families} */
export function readFamilies() {
  return JSON.parse(readFileSync(new URL('families.json', import.meta.url), 'utf8'));
}

/**
 * Everything that packages need in turn, by package-lock.json.
 * @param {Record<string, Needs>} packages of the lock file
 * @param {string[]} names asked for at the root
 * @returns {Set<string>} paths as in the lock file; those of other systems among them
 */
export function closureOf(packages, names) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} name @param {string} from path of the package that asks */
  const visit = (name, from) => {
    const path = resolve(packages, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const needs = /** @type {Needs} */ (packages[path]);
    for (const each of Object.keys({ ...needs.dependencies, ...needs.optionalDependencies, ...needs.peerDependencies }))
      visit(each, path);
  };
  for (const name of names) visit(name, '');
  return found;
}

/**
 * Leaves in node_modules what one family's services open on one system, and nothing else.
 * @param {string} root with package-lock.json and node_modules
 * @param {string} family
 * @param {import('../../setup/prune.js').Machine} machine
 * @throws {Error} where a package that the family names is missing
 */
export function keepFamily(root, family, machine) {
  const families = readFamilies();
  const names = [families.every, families[family]].flatMap((part) => {
    if (part === undefined) throw new Error(`Expected vision, relay or cloud, got ${family}`);
    return part.packages;
  });
  const missing = names.filter((name) => !existsSync(join(root, 'node_modules', name)));
  if (missing.length > 0) throw new Error(`Expected ${missing.join(', ')} in node_modules, got none`);
  prune(root, machine);
  const packages = /** @type {Record<string, Needs>} */ (readLock(root).packages);
  const kept = closureOf(packages, names);
  for (const path of Object.keys(packages)) {
    if (path !== '' && !kept.has(path)) rmSync(join(root, path), { recursive: true, force: true });
  }
  const modules = join(root, 'node_modules');
  for (const name of ['.bin', '.package-lock.json', '.cache'])
    rmSync(join(modules, name), { recursive: true, force: true });
  dropUnread(modules);
}

/** @param {string} modules */
function dropUnread(modules) {
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const inPackage = path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length);
    if (!LICENCE.test(path) && UNREAD.some((pattern) => pattern.test(inPackage))) rmSync(path);
  }
  dropEmptyFolders(modules);
}

/** @param {string} folder */
function dropEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) dropEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/**
 * @param {Record<string, Needs>} packages
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined} where Node finds it from there
 */
function resolve(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}
