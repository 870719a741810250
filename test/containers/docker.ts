import { type CommandOptions, type Ended, run, succeed } from './command.ts';

/** `docker …` in the engine of the tests; gives what it printed, without the last line's end. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await succeed('docker', args)).trimEnd();
}

/** `docker …` that may fail. */
export async function tryDocker(args: readonly string[], options?: CommandOptions): Promise<Ended> {
  return run('docker', args, options);
}

export interface ContainerState {
  readonly id: string;
  readonly status: string;
  readonly isRunning: boolean;
  /** Of the container's first process, on this machine. */
  readonly pid: number;
  readonly startedAt: string;
  readonly restarts: number;
  readonly exitCode: number;
  /** Undefined where the image has no HEALTHCHECK. */
  readonly health: string | undefined;
}

/** Just enough of `docker inspect`. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Pid: number;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string; readonly Log: readonly { readonly Output: string }[] | null };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[]; readonly Cmd: readonly string[] | null };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Privileged: boolean;
    readonly Memory: number;
    readonly RestartPolicy: { readonly Name: string };
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly PortBindings: Readonly<Record<string, unknown>> | null;
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly Gateway: string }>>;
  };
}

export async function inspect(container: string): Promise<Inspected> {
  const [found] = JSON.parse(await docker('inspect', '--type', 'container', container)) as Inspected[];
  if (!found) throw new Error(`Expected a container ${container}, got none`);
  return found;
}

export async function stateOf(container: string): Promise<ContainerState> {
  const { Id: id, RestartCount: restarts, State } = await inspect(container);
  return {
    id,
    status: State.Status,
    isRunning: State.Running,
    pid: State.Pid,
    startedAt: State.StartedAt,
    restarts,
    exitCode: State.ExitCode,
    health: State.Health?.Status,
  };
}

/** A container's address in a network. */
export async function addressOf(container: string, network: string): Promise<string> {
  const { NetworkSettings } = await inspect(container);
  const address = NetworkSettings.Networks[network]?.IPAddress;
  if (!address) throw new Error(`Expected ${container} to have an address in ${network}, got none`);
  return address;
}

/** Everything a container has said: its logs, both streams. */
export async function logsOf(container: string): Promise<string> {
  const { stdout, stderr } = await tryDocker(['logs', container]);
  return stdout + stderr;
}

/** Removes containers, networks and volumes that may not be there. */
export async function discard(kind: 'container' | 'network' | 'volume', names: readonly string[]): Promise<void> {
  const force = kind === 'network' ? [] : ['--force'];
  const volumes = kind === 'container' ? ['--volumes'] : [];
  for (const name of names) await tryDocker([kind, 'rm', ...force, ...volumes, name]);
}

/** Names of containers, networks or volumes with a label. */
export async function labelled(kind: 'container' | 'network' | 'volume', label: string): Promise<string[]> {
  const all = kind === 'container' ? ['--all'] : [];
  const format = kind === 'container' ? '{{.Names}}' : '{{.Name}}';
  return (await docker(kind, 'ls', ...all, '--filter', `label=${label}`, '--format', format))
    .split('\n')
    .filter(Boolean);
}
