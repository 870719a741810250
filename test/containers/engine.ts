import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, succeed } from './command.ts';
import { progress } from './progress.ts';

const SCRIPT = fileURLToPath(new URL('./engine.sh', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The images' version, as package.json has it. */
export const VERSION: string = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).version;

export const TARGETS = ['vision', 'relay', 'cloud'] as const;

export function imageName(target: (typeof TARGETS)[number]): string {
  return `sightline-${target}:${VERSION}`;
}

/** Why there can be no engine here, and what to do; '' when there can be one. */
export async function whyNoEngine(): Promise<string> {
  const { code, stderr } = await run('bash', [SCRIPT, '--check']);
  return code === 0 ? '' : stderr.trim();
}

/** Starts the engine, unless it runs, with its base images. */
export async function startEngine(): Promise<void> {
  await succeed('bash', [SCRIPT, 'start'], { timeoutMs: 900_000, onLine: progress });
}

/** Lets `docker` of this process and its children talk to the engine. */
export async function useEngine(): Promise<void> {
  const variables = await succeed('bash', ['-c', 'eval "$("$0" env)"; env -0', SCRIPT]);
  for (const line of variables.split('\0')) {
    const [name = '', ...value] = line.split('=');
    if (name.startsWith('DOCKER_') || name === 'PATH') process.env[name] = value.join('=');
  }
}

export async function stopEngine(): Promise<void> {
  await succeed('bash', [SCRIPT, 'stop']);
}

/** Does it run already, so that it is somebody else's to end? */
export async function isEngineRunning(): Promise<boolean> {
  const { code } = await run('bash', ['-c', 'eval "$("$0" env)"; docker version', SCRIPT]);
  return code === 0;
}

/** Builds the targets of this checkout. What has not changed comes from the engine's cache. */
export async function buildImages(): Promise<void> {
  for (const target of TARGETS) {
    progress(`building ${imageName(target)}`);
    // The built-in model finds the faces here: no download.
    const model = target === 'vision' ? ['--build-arg', 'YUNET=none'] : [];
    const args = ['build', '--file', `${ROOT}deploy/images/Dockerfile`, '--target', target, ...model];
    await succeed('docker', [...args, '--tag', imageName(target), ROOT], { timeoutMs: 1_800_000 });
  }
}
