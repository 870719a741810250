import { fileURLToPath } from 'node:url';
import { succeed } from '../command.ts';
import { docker } from '../docker.ts';
import { imageName } from '../engine.ts';

const SCANNER = fileURLToPath(new URL('./scan-ports.mjs', import.meta.url));

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type OpenPorts = Readonly<Record<string, readonly number[]>>;

/** Every open TCP port of an address, as this machine sees it. */
export async function openPortsFromHere(address: string): Promise<readonly number[]> {
  const found = JSON.parse(await succeed(process.execPath, [SCANNER, address])) as OpenPorts;
  return found[address] ?? [];
}

/** Every open TCP port of these addresses, as a container in this network sees them; with `range`, those in it. */
export async function openPortsFromNetwork(
  network: string,
  addresses: readonly string[],
  range: PortRange = { from: 1, to: 65_535 },
): Promise<OpenPorts> {
  const place = ['--rm', '--network', network, '--volume', `${SCANNER}:/scan-ports.mjs:ro`, '--ulimit', 'nofile=16384'];
  const program = [
    '--entrypoint',
    'node',
    imageName('relay'),
    '/scan-ports.mjs',
    '--from',
    `${range.from}`,
    '--to',
    `${range.to}`,
    ...addresses,
  ];
  return JSON.parse(await docker('run', ...place, ...program)) as OpenPorts;
}
