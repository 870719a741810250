import { stringify } from 'yaml';
import type { Path } from '../platform/config/schema-walk.ts';
import { type LoadedConfig, loadConfig } from '../platform/config.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import type { Command } from './command.ts';
import { configJsonSchema, configKeys } from './config-keys.ts';
import { readFlags } from './flags.ts';
import { redactConfig } from './redact-config.ts';

export const checkConfigCommand: Command = {
  name: 'check-config',
  summary: 'check the configuration and tell where each value comes from',
  help: `Usage: sightline check-config [--config FILE] [--print | --schema]

Checks sightline.yaml and the SIGHTLINE_ variables as a service does when it starts. Says who sets which key, and that all
is good (exit code 0), or each fault with its line, key, value and what was expected (exit code 2).

  --config FILE   configuration (default: SIGHTLINE_CONFIG, then sightline.yaml here, if there is one)
  --print         print the whole configuration with its defaults as YAML; passwords and keys are ***
  --schema        print the JSON Schema of sightline.yaml, for editors

Keys: every key with its type, default and variable is in docs/configuration.md.
`,
  async run(args, io) {
    const flags = readFlags('check-config', args, { config: 'string', print: 'boolean', schema: 'boolean' });
    if (flags.has('schema')) {
      io.stdout(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
      return EXIT_CODES.ok;
    }
    const loaded = loadConfig({ file: flags.text('config') });
    if (flags.has('print')) {
      io.stdout(stringify(redactConfig(loaded.config)));
      return EXIT_CODES.ok;
    }
    io.stdout(loaded.file ? `${loaded.file}\n` : 'no file: sightline.yaml is not here, so defaults hold\n');
    for (const { path, origin } of origins(loaded)) {
      io.stdout(`  ${path.padEnd(28)} ${origin}\n`);
    }
    io.stdout('the configuration is good\n');
    return EXIT_CODES.ok;
  },
};

/** Every key that somebody set, and who. */
function origins({ config, origin }: LoadedConfig) {
  const paths = configKeys().flatMap(({ path }) => expand(path.slice(0, lastKey(path) + 1), config));
  return paths.flatMap((path) => {
    const found = origin(path);
    return found === undefined ? [] : [{ path: path.join('.'), origin: found }];
  });
}

/** A list of plain values is one key: nobody wants a line for each corner of a region. */
function lastKey(path: Path): number {
  return path.findLastIndex((step) => typeof step === 'string');
}

/** The path once for each item that the lists on its way have. */
function expand(path: Path, value: unknown, before: Path = []): Path[] {
  const [step, ...rest] = path;
  if (step === undefined) return [before];
  if (step !== 0) return expand(rest, (value as Record<string, unknown> | undefined)?.[step], [...before, step]);
  return ((value ?? []) as unknown[]).flatMap((item, index) => expand(rest, item, [...before, index]));
}
