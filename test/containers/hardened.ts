import { docker } from './docker.ts';

/** How everything of ours is to run: nothing to write to but a folder in memory, no rights, none to gain. */
export const HARDENED = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--tmpfs=/tmp',
  '--network=none',
] as const;

/** Runs a program in an image of ours instead of its own, to its end; gives what it printed. */
export async function inImage(image: string, program: string, ...args: readonly string[]): Promise<string> {
  return docker('run', '--rm', ...HARDENED, '--entrypoint', program, image, ...args);
}
