import { join } from 'node:path';

/** Where memory is scarce and images are passed on: bytes that nobody needs any more a moment after they came. */
const CARRIERS = ['forwarder'];

/**
 * How src/main.ts is run (measured: docs/decisions/how-node-is-started.md).
 *
 * V8 lets its youngest objects grow to 48 MB before it looks for dead ones; with 2 MB there is less memory and less work. Where
 * images are carried it looks again after a fifth more instead of 64 MB of dead bytes.
 * @param {string} root
 * @param {string[]} args
 * @returns {string[]}
 */
export function launchArguments(root, args) {
  const carrying = isCarrier(args) ? ['--heap-growing-percent=20'] : [];
  const flags = ['--max-semi-space-size=2', ...carrying, '--disable-warning=ExperimentalWarning'];
  return [...flags, join(root, 'src/main.ts'), ...args];
}

/**
 * What the environment adds, unless somebody has set it: compiled code is kept, so that neither the compiler of types nor
 * its 19 MB are loaded again; and glibc's malloc gives large blocks back to the system instead of keeping them: frames, and
 * where images are carried what a socket reads at a time.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @param {string[]} args
 * @returns {NodeJS.ProcessEnv}
 */
export function launchEnvironment(root, environment, args) {
  return {
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/sightline'),
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: String(isCarrier(args) ? 32 * 1024 : 1024 ** 2),
    MALLOC_TRIM_THRESHOLD_: String(8 * 1024 ** 2),
    ...environment,
  };
}

/**
 * @param {string[]} args
 * @returns {boolean}
 */
function isCarrier([name]) {
  return name !== undefined && CARRIERS.includes(name);
}
