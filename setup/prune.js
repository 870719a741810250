import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readLock } from './installed.js';

/** @typedef {{ platform: string, arch: string, libc: string }} Machine */

/**
 * What packages brought that no run on this machine opens: libraries for other systems, C headers, change logs.
 * @param {string} root
 * @param {Machine} machine
 * @returns {string[]} existing paths, relative to root
 */
export function findWaste(root, machine) {
  return [
    ...foreignOnnxLibraries(root, machine),
    ...foreignPackages(root, machine),
    ...sharpFallback(root, machine),
    ...nodeHeaders(root),
  ].filter((path) => existsSync(join(root, path)));
}

/**
 * @param {string} root
 * @param {Machine} machine
 */
export function prune(root, machine) {
  for (const path of findWaste(root, machine)) rmSync(join(root, path), { recursive: true, force: true });
}

/**
 * Bytes on disk; a file with two names counts once.
 * @param {string} folder
 */
export function diskUse(folder) {
  const seen = new Set();
  let bytes = 0;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stat = lstatSync(join(folder, path));
    if (stat.nlink > 1 && !stat.isDirectory()) {
      if (seen.has(stat.ino)) continue;
      seen.add(stat.ino);
    }
    bytes += stat.blocks * 512;
  }
  return bytes;
}

/**
 * onnxruntime-node carries `bin/napi-v6/<platform>/<arch>` for every system in one package.
 * @param {string} root
 * @param {Machine} machine
 */
function foreignOnnxLibraries(root, { platform, arch }) {
  const bin = 'node_modules/onnxruntime-node/bin';
  return list(root, bin).flatMap((api) =>
    list(root, `${bin}/${api}`).flatMap((system) =>
      system === platform
        ? list(root, `${bin}/${api}/${system}`)
            .filter((cpu) => cpu !== arch)
            .map((cpu) => `${bin}/${api}/${system}/${cpu}`)
        : [`${bin}/${api}/${system}`],
    ),
  );
}

/**
 * npm 9 and 10 also unpack some optional packages that their own `os`, `cpu` or `libc` exclude.
 * @param {string} root
 * @param {Machine} machine
 */
function foreignPackages(root, { platform, arch, libc }) {
  return Object.entries(readLock(root).packages)
    .filter(
      ([, entry]) =>
        entry.optional && !(allows(entry.os, platform) && allows(entry.cpu, arch) && allows(entry.libc, libc)),
    )
    .map(([path]) => path);
}

/**
 * sharp's WebAssembly build is what it falls back to where it has no native one.
 * @param {string} root
 * @param {Machine} machine
 */
function sharpFallback(root, { platform, arch }) {
  const native = existsSync(join(root, `node_modules/@img/sharp-${platform}-${arch}`));
  return native ? ['node_modules/@img/sharp-wasm32'] : [];
}

/**
 * `bin/node` in there is a second name of node_modules/node/bin/node and costs nothing.
 * @param {string} root
 */
function nodeHeaders(root) {
  const home = 'node_modules/node/node_modules';
  return list(root, home)
    .filter((name) => /^node-(bin-)?(linux|darwin|win)/.test(name))
    .flatMap((name) => ['include', 'share', 'CHANGELOG.md'].map((part) => `${home}/${name}/${part}`));
}

/**
 * @param {string[] | undefined} allowed as in package.json: `linux`, or `!win32`
 * @param {string} value
 */
function allows(allowed, value) {
  if (allowed === undefined || allowed.length === 0) return true;
  if (allowed.includes(`!${value}`)) return false;
  return allowed.includes(value) || allowed.every((word) => word.startsWith('!'));
}

/**
 * @param {string} root
 * @param {string} folder
 */
function list(root, folder) {
  return existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
}
