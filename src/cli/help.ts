import { DEFAULT_PORTS } from '../platform/default-ports.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { UsageError } from '../platform/sightline-error.ts';
import { SOFTWARE } from '../platform/version.ts';
import type { Command } from './command.ts';

/** Each exit code in words. */
const EXIT_CODE_WORDS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  ok: 'all is well',
  failure: 'something that should not happen: please report it',
  usage: "the command line or the configuration can't be used; nothing was started",
  missingPart: 'this machine lacks a part: ffmpeg, a model, an optional package',
  environment: "the environment says no: a port is taken, a folder can't be written, a source isn't there",
  unbalanced: 'a check found something wrong (health, doctor, detect, inspect), or custody did not balance',
  interrupted: 'ended at once by a second Ctrl-C; doctor: by the first',
  terminated: 'ended at once by a second SIGTERM',
};

const HELP = {
  name: 'help',
  summary: 'show what there is, or `help COMMAND`: everything about one',
  help: 'Usage: sightline help [COMMAND]\n\nShows all services and commands, or everything about one of them.\n',
};

type Described = Pick<Command, 'name' | 'summary' | 'help'>;

/**
 * The overview, or the help of one command.
 * @throws UsageError for a name that is none.
 */
export function helpText(commands: readonly Described[], name: string | undefined): string {
  const all = [...commands, HELP];
  if (name === undefined) return overview(all);
  const command = all.find((candidate) => candidate.name === name);
  if (!command) {
    const names = all.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`Expected one of ${names}, got ${JSON.stringify(name)}`, 'See `sightline help`.');
  }
  return `${command.help.trim()}\n`;
}

function overview(commands: readonly Described[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const list = (areServices: boolean) =>
    commands
      .filter(({ name }) => Object.hasOwn(DEFAULT_PORTS, name) === areServices)
      .map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`)
      .join('\n');
  const codes = Object.entries(EXIT_CODES)
    .map(([name, code]) => `  ${String(code).padStart(3)}  ${EXIT_CODE_WORDS[name as keyof typeof EXIT_CODES]}`)
    .join('\n');
  return `${SOFTWARE}: faces from cameras at the edge into object storage in the cloud, each once, none lost.

Usage: sightline COMMAND [FLAGS]      sightline COMMAND --help tells more

Services
${list(true)}

Commands
${list(false)}

Configuration
  sightline.yaml in this folder, --config FILE or SIGHTLINE_CONFIG; \`sightline init\` writes one with every key.
  Every key is also an environment variable: edge.broker is SIGHTLINE_EDGE_BROKER, and with _FILE at its end it names a
  file with the value, for passwords. Flags win over variables, variables over the file. \`sightline check-config\` checks.

Exit codes
${codes}
`;
}
