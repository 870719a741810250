import { type AddressInfo, createServer } from 'node:net';

/** The wanted port of a host where it is free, otherwise any free one; 0 wants any. */
export async function choosePort(host: string, wanted: number): Promise<number> {
  return (await tryPort(host, wanted)) ?? (await tryPort(host, 0)) ?? 0;
}

async function tryPort(host: string, port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const { port: got } = server.address() as AddressInfo;
      server.close(() => resolve(got));
    });
  });
}
