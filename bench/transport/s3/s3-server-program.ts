import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '../load/child-calls.ts';

/** Keys alone: bodies are read and thrown away. */
const keys = new Set<string>();
let latencyMs = 0;

const server = createServer(async (request, response) => {
  const key = request.url?.split('?')[0] ?? '';
  // Read, or the next request on this connection would not be.
  for await (const _ of request);
  if (latencyMs > 0) await sleep(latencyMs);
  const { method, headers } = request;
  if (method === 'DELETE') {
    keys.delete(key);
    response.writeHead(204).end();
  } else if (method !== 'PUT') {
    response.writeHead(keys.has(key) ? 200 : 404).end();
  } else if (keys.has(key) && headers['if-none-match']) {
    response.writeHead(412).end();
  } else {
    keys.add(key);
    response.writeHead(200, { etag: '"0"' }).end();
  }
});

/** As much of S3 as a put needs, that costs little itself and answers after as long as the real one would take. */
answerCalls({
  async start(answersAfterMs: number) {
    latencyMs = answersAfterMs;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  count: () => [...keys].filter((key) => key.endsWith('.png')).length,
});
