import { parseArgs } from 'node:util';
import { ensureParts } from './ensure-parts.js';
import { npmThatKeepsSignals } from './npm-signals.js';
import { ensurePackages } from './packages.js';
import { say } from './say.js';
import { SetupError } from './setup-error.js';

const purposes = /** @type {const} */ (['start', 'camera', 'test', 'containers']);

export const usage = `Usage: npx sightline setup [--for start|camera|test|containers] [--no-system]
Installs what is missing and returns at once where nothing is.
  --for start    the packages from npm, and ffmpeg where this machine has a camera (what npm start does)
  --for camera   the packages, and ffmpeg for cameras, streams and video files (default)
  --for test     the packages, and everything the tests run against (what npm test does)
  --for containers  that, and a Docker engine (what npm run test:containers does)
  --no-system    leave the system alone: only name what it lacks`;

/**
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function setupCommand(root, args) {
  return sayErrors(async () => {
    const options = parse(args);
    if (options.help) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    await ensurePackages(root);
    const npm = npmThatKeepsSignals(process.env.npm_config_user_agent);
    if (npm !== undefined && process.env.npm_lifecycle_event === 'prestart') {
      say(`npm ${npm} passes no signal on: stop with Ctrl-C, or signal node itself. npm 10.3 and later do.`);
    }
    const complete = await ensureParts(root, options.purpose, { mayInstall: !options.noSystem });
    // npm start and npm test go on with what is there; who asked for the set-up itself wants to know.
    return complete || process.env.npm_lifecycle_event?.startsWith('pre') ? 0 : 3;
  });
}

/**
 * @param {() => Promise<number>} work
 * @returns {Promise<number>} exit code
 */
export async function sayErrors(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return error.exitCode;
  }
}

/** @param {string[]} args */
export function parse(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        for: { type: 'string', default: 'camera' },
        'no-system': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const purpose = purposes.find((word) => word === values.for);
    if (purpose === undefined)
      throw new TypeError(`Expected --for start, camera, test or containers, got ${values.for}.`);
    return {
      purpose,
      noSystem: values['no-system'] || process.env.SIGHTLINE_TEST_NO_SYSTEM === '1',
      help: values.help,
    };
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n${usage}`, 2);
  }
}
