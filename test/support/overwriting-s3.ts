import { createServer, request } from 'node:http';
import { listenOnLoopback } from './loopback.ts';

/** In front of an S3 server, what some S3-compatible stores do: If-None-Match is passed over. */
export async function startOverwritingProxy(url: string): Promise<{ url: string; stop(): void }> {
  const server = createServer((incoming, response) => {
    const { 'if-none-match': _, ...headers } = incoming.headers;
    const forwarded = request(`${url}${incoming.url}`, { method: incoming.method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    incoming.on('error', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  return listenOnLoopback(server);
}
