import { runChild } from './child.js';
import { hasStamp } from './installed.js';
import { launchArguments, launchEnvironment } from './launch.js';
import { findNode24, wantedMajor } from './node-24.js';
import { ensurePackages, runsAsItIs } from './packages.js';
import { SetupError } from './setup-error.js';

/**
 * `npx sightline …`: sets up what is missing, then is nothing but a link between npm above and src/main.ts below.
 * The extra IPC channel carries nothing: its end tells main.ts that we are gone, even by `kill -9`.
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function runSightline(root, args) {
  if (!hasStamp(root) && !runsAsItIs(root)) await ensurePackages(root);
  const node = findNode24(root);
  if (node === undefined) {
    throw new SetupError(`Expected Node ${wantedMajor} or later, got ${process.version}. Run \`npm run setup\`.`);
  }
  return runChild(node, launchArguments(root, args), {
    env: launchEnvironment(root, process.env, args),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
}
