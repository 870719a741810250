import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubectl } from './kustomize.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A device of its own: state, kubectl and its cluster in one folder. */
export class EdgeRun {
  readonly state: string;
  readonly #folder: string;

  constructor(folder: string, clusterUrl: string) {
    this.#folder = folder;
    this.state = join(folder, 'state/kubernetes');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(kubectl(), join(folder, 'bin/kubectl'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'here', cluster: { server: clusterUrl } }],
      users: [{ name: 'here', user: {} }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'here' } }],
      'current-context': 'here',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
  }

  /** deploy/edge/run.sh with these arguments. */
  run(...args: string[]): Promise<Ran> {
    return run(join(ROOT, 'deploy/edge/run.sh'), args, {
      SIGHTLINE_STATE: dirname(this.state),
      KUBECONFIG: join(this.#folder, 'kubeconfig'),
      KUBECACHEDIR: join(this.#folder, 'kube-cache'),
      PATH: `${join(this.#folder, 'bin')}:${process.env.PATH}`,
    });
  }
}

/** `sightline …` from the sources. */
export async function sightline(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'src/main.ts'),
    ...args,
  ]);
  if (code !== 0) throw new Error(`Expected sightline ${args.join(' ')} to succeed, got ${code}: ${stderr}`);
  return stdout;
}

async function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
