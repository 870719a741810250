import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../support/eventually.ts';

const SERVER = fileURLToPath(new URL('./serve-metadata.ts', import.meta.url));
const NAME = 'sightline-imds';
/** TEST-NET-2 (RFC 5737), between this machine and the service. */
const HERE = '198.51.100.1';
const THERE = '198.51.100.2';

/**
 * What makes this machine look like an EC2 instance: a metadata service one hop away, in a network namespace of its own, whose answers
 * live for as many hops as the instance's hop limit says.
 */
export class Instance {
  readonly url = `http://${THERE}`;
  #server: ChildProcess | undefined;

  start(): void {
    this.#removeNamespace();
    ip('netns', 'add', NAME);
    ip('link', 'add', NAME, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NAME);
    ip('addr', 'add', `${HERE}/30`, 'dev', NAME);
    ip('link', 'set', NAME, 'up');
    ip('-n', NAME, 'addr', 'add', `${THERE}/30`, 'dev', 'eth0');
    ip('-n', NAME, 'link', 'set', 'eth0', 'up');
    ip('-n', NAME, 'link', 'set', 'lo', 'up');
    ip('-n', NAME, 'route', 'add', 'default', 'via', HERE);
  }

  /** Serves until the next call, or stop(). */
  async serve({ hopLimit, role }: { readonly hopLimit: number; readonly role?: string }): Promise<void> {
    await this.#endServer();
    ip('netns', 'exec', NAME, 'sysctl', '-qw', `net.ipv4.ip_default_ttl=${hopLimit}`);
    const args = ['netns', 'exec', NAME, process.execPath, SERVER, THERE, ...(role === undefined ? [] : [role])];
    this.#server = spawn('ip', args, { stdio: 'ignore' });
    const answers = () =>
      fetch(this.url).then(
        () => true,
        () => false,
      );
    await eventually(answers, (is) => is, 20_000);
  }

  async stop(): Promise<void> {
    await this.#endServer();
    this.#removeNamespace();
  }

  async #endServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  /** Also that of a run that died; its end of the wire goes with it. */
  #removeNamespace(): void {
    for (const args of [
      ['link', 'delete', NAME],
      ['netns', 'delete', NAME],
    ]) {
      try {
        ip(...args);
      } catch {
        // There was none.
      }
    }
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
