import { describe, expect, it } from 'vitest';
import { runCommand } from '../../test/support/run-command.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { UsageError } from '../platform/sightline-error.ts';
import { commands } from './commands.ts';
import { helpText } from './help.ts';
import { versionCommand } from './version.ts';

describe('commands', () => {
  it.each(commands.map((command) => [command.name, command] as const))(
    '%s refuses an unknown flag by its name',
    async (name, command) => {
      const error = await runCommand(command, 'x', '--bogus').catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({
        message: `${name}: Unknown option '--bogus'`,
        hint: `See \`sightline ${name} --help\`.`,
        exitCode: EXIT_CODES.usage,
      });
    },
  );

  it.each(commands.map((command) => [command.name, command] as const))(
    '%s has help that begins with its usage',
    (name, { help, summary }) => {
      expect(help).toMatch(new RegExp(`^Usage: sightline ${name}\\b`));
      expect(help.split('\n').every((line) => line.length <= 130)).toBe(true);
      expect(summary).not.toMatch(/\n|\.$/);
    },
  );

  it('refuse words that they do not take', async () => {
    await expect(runCommand(versionCommand, 'now')).rejects.toThrow('version: Expected no argument, got "now" too');
  });
});

describe('helpText', () => {
  it('lists services, commands and every exit code', () => {
    const service = { name: 'broker', summary: 'carries messages', help: 'Usage: sightline broker' };
    const text = helpText([...commands, service], undefined);
    expect(text).toMatch(/Services\n {2}broker +carries messages\n\nCommands\n/);
    for (const { name, summary } of commands)
      expect(text).toMatch(new RegExp(`^ {2}${name} +${summary.replaceAll('.', '\\.')}$`, 'm'));
    for (const code of Object.values(EXIT_CODES)) expect(text).toMatch(new RegExp(`^ +${code} {2}\\w`, 'm'));
  });

  it('shows one command, and says which there are', () => {
    expect(helpText(commands, 'detect')).toMatch(/^Usage: sightline detect/);
    expect(() => helpText(commands, 'detcet')).toThrow('Expected one of detect, inspect,');
  });
});
