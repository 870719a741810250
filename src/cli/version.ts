import { EXIT_CODES } from '../platform/exit-codes.ts';
import { SOFTWARE } from '../platform/version.ts';
import type { Command } from './command.ts';
import { readFlags } from './flags.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'print the version',
  help: `Usage: sightline version

Prints the versions of Sightline and of the Node.js that runs it.
`,
  async run(args, io) {
    readFlags('version', args, {});
    io.stdout(`${SOFTWARE} (Node.js ${process.version})\n`);
    return EXIT_CODES.ok;
  },
};
