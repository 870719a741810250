import { join } from 'node:path';

/**
 * How src/main.ts is run (measured: docs/decisions/how-node-is-started.md).
 *
 * V8 lets its youngest objects grow to 48 MB before it looks for dead ones; with 2 MB there is less memory and less work.
 * @param {string} root
 * @param {string[]} args
 * @returns {string[]}
 */
export function launchArguments(root, args) {
  return ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), ...args];
}

/**
 * What the environment adds, unless somebody has set it: compiled code is kept, so that neither the compiler of types nor
 * its 19 MB are loaded again; and glibc's malloc gives large blocks back to the system instead of keeping them.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
export function launchEnvironment(root, environment) {
  return {
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/sightline'),
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: String(1024 ** 2),
    MALLOC_TRIM_THRESHOLD_: String(8 * 1024 ** 2),
    ...environment,
  };
}
