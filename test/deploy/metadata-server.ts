import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetadataServer {
  readonly url: string;
  /** The same, where it is switched off. */
  readonly refusingUrl: string;
  stop(): Promise<void>;
}

/** What EC2's metadata service does of its version 2: a token by PUT, and nothing without it. */
export async function runMetadataServer(
  facts: Readonly<Record<string, string>>,
  { host = '127.0.0.1', port: wantedPort = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<MetadataServer> {
  const token = randomBytes(8).toString('hex');
  const server = createServer(({ method, url = '', headers }, response) => {
    const end = (status: number, text = '') => response.writeHead(status).end(text);
    if (headers.host?.startsWith('localhost')) return end(403);
    if (method === 'PUT') return url === '/latest/api/token' ? end(200, token) : end(404);
    if (headers['x-aws-ec2-metadata-token'] !== token) return end(401);
    const fact = facts[url.replace('/latest/meta-data/', '')];
    return fact === undefined ? end(404) : end(200, fact);
  });
  server.listen(wantedPort, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    refusingUrl: `http://localhost:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
