import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SourceError } from './source-error.ts';

const run = promisify(execFile);

export interface FfmpegProgram {
  /** Absolute: the child is started with an environment that has no PATH. */
  readonly path: string;
  /** Release, or undefined for a build from ffmpeg's main branch, taken as newer than all. */
  readonly version: { readonly major: number; readonly minor: number } | undefined;
}

const INSTALL = 'install it: sudo apt-get install ffmpeg ("sample" and folders of images need no ffmpeg)';

/** Finds ffmpeg (4.4 or newer) and asks it once for its version. */
export async function findFfmpeg(command = 'ffmpeg'): Promise<FfmpegProgram> {
  const path = await locate(command);
  const { stdout } = await run(path, ['-hide_banner', '-version'], { timeout: 20_000 }).catch((cause: unknown) => {
    throw new SourceError('ffmpeg-missing', `Expected ffmpeg at ${path}, got a program that does not run`, {
      hint: INSTALL,
      cause,
    });
  });
  const version = readVersion(stdout);
  if (version !== undefined && isBefore(version, 4, 4)) {
    throw new SourceError('ffmpeg-too-old', `Expected ffmpeg 4.4 or newer, got ${version.major}.${version.minor}`, {
      hint: 'install a newer ffmpeg and name it with ffmpegPath',
    });
  }
  return { path, version };
}

/** `ffmpeg version 5.1.9-0+deb12u1 …` → 5.1; `n7.1` as well; `N-118448-g…`, a build from the main branch → undefined. */
export function readVersion(text: string): FfmpegProgram['version'] {
  const match = /^ffmpeg version n?(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

export function isBefore(version: FfmpegProgram['version'], major: number, minor: number): boolean {
  if (version === undefined) return false;
  return version.major < major || (version.major === major && version.minor < minor);
}

async function locate(command: string): Promise<string> {
  // The shell knows PATH; the command is its $0, never part of its script.
  const { stdout } = await run('/bin/sh', ['-c', 'command -v -- "$0"', command]).catch((cause: unknown) => {
    throw new SourceError('ffmpeg-missing', `${command} was not found`, { hint: INSTALL, cause });
  });
  return stdout.trim();
}
