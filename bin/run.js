import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchArguments, launchEnvironment } from '../setup/launch.js';

// Turns into src/main.ts, with what keeps it small: for `npm start`, containers and service managers, where everything is
// set up and Node 24 runs. No process stays behind that would have to hand signals on.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = launchArguments(root, process.argv.slice(2));
process.execve?.(
  process.execPath,
  [process.execPath, ...args],
  launchEnvironment(root, process.env, process.argv.slice(2)),
);
process.stderr.write(
  `sightline: Expected Node 24 or later on Linux or macOS, got ${process.version} on ${process.platform}\n`,
);
process.exitCode = 1;
