import type { Command } from '../../src/cli/command.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as main.ts would, in this process. Faults that main.ts explains are thrown. */
export async function runCommand(command: Command, ...args: string[]): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const code = await command.run(args, {
    stdout: (text) => {
      stdout += text;
    },
    deliver: async (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr };
}
