import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output.
 * @throws Error with its last words when it does not end well.
 */
export async function runProgram(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`Expected ${command} to end well, got exit code ${exitCode}:\n${errors}`);
  return output;
}
