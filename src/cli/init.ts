import { writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode, UsageError } from '../platform/sightline-error.ts';
import type { Command } from './command.ts';
import { configTemplate } from './config-template.ts';
import { readFlags } from './flags.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export const initCommand: Command = {
  name: 'init',
  summary: 'write a sightline.yaml with every key and its default as a comment',
  help: `Usage: sightline init [FILE] [--force]

Writes FILE (default: sightline.yaml): every key of the configuration with its description and default, as comments.
What is there already stays as it is.

  --force   write over it all the same
`,
  async run(args, io) {
    const flags = readFlags('init', args, { force: 'boolean' }, { max: 1, what: 'file' });
    const [file = 'sightline.yaml'] = flags.positionals;
    try {
      writeFileSync(file, configTemplate(schemaPath(file)), { flag: flags.has('force') ? 'w' : 'wx' });
    } catch (cause) {
      throw fault(file, cause);
    }
    io.stdout(`${file} written: every key is in it, as a comment\n`);
    return EXIT_CODES.ok;
  },
};

/** Relative inside the project, so that the folder can be moved; absolute elsewhere. */
function schemaPath(file: string): string {
  const schema = resolve(PROJECT, 'sightline.schema.json');
  const folder = dirname(resolve(file));
  const inside = relative(PROJECT, folder);
  if (inside.startsWith('..') || isAbsolute(inside)) return schema;
  const path = relative(folder, schema);
  return path.startsWith('.') ? path : `./${path}`;
}

function fault(file: string, cause: unknown): SightlineError {
  if (systemErrorCode(cause) === 'EEXIST') {
    return new UsageError(
      `Expected no file ${file}, got one that is there already`,
      'Name another, or write over it with --force.',
    );
  }
  return new SightlineError(`Expected to write ${file}, got ${errorMessage(cause)}`, {
    hint: 'Choose a folder that can be written.',
    exitCode: EXIT_CODES.environment,
    cause,
  });
}
