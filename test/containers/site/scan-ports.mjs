// Tries every TCP port of the addresses that it is given, and prints {"<address>": [open ports], …}.
// usage: node scan-ports.mjs [--from N] [--to N] ADDRESS…        plain JavaScript: it also runs inside the images
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

/** So long a port that does not answer is waited for: on the same machine an answer takes less than a millisecond. */
const PATIENCE_MS = 1_500;
const AT_ONCE = 2_500;

/** @param {string} host @param {number} port @returns {Promise<boolean>} */
function answers(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = (/** @type {boolean} */ isOpen) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(PATIENCE_MS, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      // Out of file descriptors or ports would look like a closed port.
      if (!['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET'].includes(error.code ?? ''))
        throw error;
      settle(false);
    });
  });
}

/** @param {string} host @param {number} from @param {number} to */
async function openPorts(host, from, to) {
  /** @type {number[]} */
  const open = [];
  let next = from;
  const lane = async () => {
    while (next <= to) {
      const port = next;
      next += 1;
      if (await answers(host, port)) open.push(port);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, to - from + 1) }, lane));
  return open.sort((a, b) => a - b);
}

const { values, positionals } = parseArgs({
  options: { from: { type: 'string', default: '1' }, to: { type: 'string', default: '65535' } },
  allowPositionals: true,
});
const range = [Number(values.from), Number(values.to)];
const found = Object.fromEntries(
  await Promise.all(positionals.map(async (host) => [host, await openPorts(host, range[0] ?? 1, range[1] ?? 65_535)])),
);
process.stdout.write(`${JSON.stringify(found)}\n`);
