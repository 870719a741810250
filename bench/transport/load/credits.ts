import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const TELL_EVERY_MS = 2;

/** Tells whoever asks how many captures have come, straight from process to process. @returns its port. */
export async function serveCredits(captures: () => number): Promise<number> {
  const listeners = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => listeners.delete(socket));
    listeners.add(socket);
  });
  let told = 0;
  setInterval(() => {
    const now = captures();
    if (now === told) return;
    told = now;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(now);
    for (const socket of listeners) socket.write(bytes);
  }, TELL_EVERY_MS);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Hears it. @returns what ends that. */
export function followCredits(port: number, onCaptures: (captures: number) => void): () => void {
  let rest = Buffer.alloc(0);
  const socket = connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      const whole = rest.length - (rest.length % 4);
      if (whole > 0) onCaptures(rest.readUInt32BE(whole - 4));
      rest = rest.subarray(whole);
    });
  return () => socket.destroy();
}
