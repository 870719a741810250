import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

export interface PipelineRun {
  readonly source: string;
  /** An empty folder for the store (`faces`) and the spool; the working folder too, so that no configuration is found. */
  readonly folder: string;
  /** More flags of `up`. */
  readonly flags: readonly string[];
  readonly modelsPath: string | undefined;
}

/**
 * Plays a source through the whole pipeline, as fast as it goes and once, in a process of its own.
 * @returns the folder store with what was sent, and how long it took.
 */
export async function runPipeline({ source, folder, flags, modelsPath }: PipelineRun): Promise<{
  readonly store: string;
  readonly seconds: number;
}> {
  const store = join(folder, 'faces');
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SIGHTLINE_'));
  const startedMs = performance.now();
  const up = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', MAIN, 'up', '--once', '--pace', 'max'],
      ...['--source', resolve(source), '--store', store, '--spool', join(folder, 'spool'), '--device', 'bench'],
      ...flags,
    ],
    {
      cwd: folder,
      env: {
        ...Object.fromEntries(inherited),
        ...(modelsPath === undefined ? {} : { SIGHTLINE_MODELS_PATH: resolve(modelsPath) }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  up.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [exitCode] = await once(up, 'close');
  if (exitCode !== 0) throw new Error(`Expected the pipeline to end well, got exit code ${exitCode}:\n${errors}`);
  return { store, seconds: (performance.now() - startedMs) / 1000 };
}
