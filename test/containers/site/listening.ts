import { readFileSync } from 'node:fs';
import { inspect } from '../docker.ts';

/** /proc/net/tcp's code of a socket that listens. */
const LISTEN = '0A';
/** How it writes 127.0.0.1 and ::1; Docker's own name server has 127.0.0.11. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000)$/;

/** TCP ports on which a container's programs listen for others than themselves, as its kernel knows them. */
export async function listeningPorts(container: string): Promise<number[]> {
  const { State } = await inspect(container);
  const sockets = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${State.Pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  const ports = sockets.flatMap((socket) => {
    const [, local = '', , state] = socket.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTEN && !LOOPBACK.test(address) ? [Number.parseInt(port, 16)] : [];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}
