import type { Command } from './cli/command.ts';
import { helpText } from './cli/help.ts';
import { missingPackage, missingPackageError } from './missing-package.ts';
import { EXIT_CODES, type ExitCode } from './platform/exit-codes.ts';
import { redactUrl } from './platform/redact-url.ts';
import { listenForShutdown } from './platform/shutdown.ts';
import { errorMessage, SightlineError, UsageError } from './platform/sightline-error.ts';

/** `sightline <name>`: the name's command, signals, and the only exit code. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const [name = 'help', ...rest] = args;
  const commands = await allCommands(name);
  if (name === 'help' || name === '--help' || name === '-h') return help(commands, rest[0]);
  const command = commands.find((candidate) => candidate.name === (name === '--version' ? 'version' : name));
  if (!command)
    throw new UsageError(`Expected a service or a command, got ${JSON.stringify(name)}`, 'See `sightline help`.');
  if (rest.includes('--help') || rest.includes('-h')) return help(commands, command.name);
  process.title = `sightline ${command.name}`;
  const { isStartedByNpm } = await import('./platform/config.ts');
  const shutdown = listenForShutdown((code) => process.exit(code), { endsWithParent: isStartedByNpm() });
  return command.run(rest, {
    stdout: (text) => process.stdout.write(text),
    deliver: (text) =>
      new Promise((resolve, reject) => {
        // Told as an event too, which nobody else hears.
        process.stdout.once('error', reject);
        process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    stderr: (text) => process.stderr.write(text),
    signal: shutdown.signal,
  });
}

/** Everything that has a name. `up` needs the packages of all services, so it is loaded only when asked for. */
async function allCommands(name: string): Promise<readonly Command[]> {
  const { serviceCommands } = await import('./service-commands.ts');
  const { commands: cliCommands } = await import('./cli/commands.ts');
  const up = name === 'up' ? [await loadUp()] : ['help', '--help', '-h'].includes(name) ? await upWhereItRuns() : [];
  return [...up, ...serviceCommands, ...cliCommands];
}

async function loadUp(): Promise<Command> {
  return (await import('./up/up.ts')).upCommand;
}

/** An image carries some of the services only: its help does without `up`. */
async function upWhereItRuns(): Promise<readonly Command[]> {
  return loadUp().then(
    (command) => [command],
    (error: unknown) => {
      if (missingPackage(error) === undefined) throw error;
      return [];
    },
  );
}

function help(commands: readonly Command[], name: string | undefined): ExitCode {
  process.stdout.write(helpText(commands, name));
  return EXIT_CODES.ok;
}

/** Says what went wrong, and what to do, without a stack that helps nobody; a defect of ours keeps its stack. */
function explain(error: unknown): ExitCode {
  const lacking = missingPackage(error);
  if (lacking !== undefined) return explain(missingPackageError(lacking));
  if (!(error instanceof SightlineError)) {
    process.stderr.write(
      `sightline: ${redactUrl(error instanceof Error ? (error.stack ?? error.message) : errorMessage(error))}\n`,
    );
    return EXIT_CODES.failure;
  }
  process.stderr.write(`sightline: ${redactUrl(error.message)}\n${error.hint ? `  ${redactUrl(error.hint)}\n` : ''}`);
  return error.exitCode;
}

// `ps` shows a process's arguments to everyone on the machine, and a camera's URL may hold its password: they go before
// anything large is loaded, so what is imported above stays small.
process.title = 'sightline';
const code = await main(process.argv.slice(2)).catch(explain);
// What was written to a pipe must be out before the process ends; handles that a library left open must not keep it.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
