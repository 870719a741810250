import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `hang`: takes requests and never answers. */
export type Mood = 'works' | 'forbids' | 'hangs';

export interface MoodyS3 {
  readonly url: string;
  readonly objects: ReadonlyMap<string, Buffer>;
  mood: Mood;
  stop(): void;
}

/** The four requests of S3 that a store needs, with faults at will. For what S3 really does there is startS3Server. */
export async function startMoodyS3(mood: Mood): Promise<MoodyS3> {
  const objects = new Map<string, Buffer>();
  const hanging: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const key = request.url?.split('?')[0] ?? '';
    if (moody.mood === 'hangs') return hanging.push(response);
    if (moody.mood === 'forbids') {
      return response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    }
    if (request.method === 'DELETE') {
      objects.delete(key);
      return response.writeHead(204).end();
    }
    if (request.method === 'PUT') {
      if (objects.has(key) && request.headers['if-none-match']) return response.writeHead(412).end();
      objects.set(key, Buffer.concat(chunks));
      return response.writeHead(200).end();
    }
    const object = objects.get(key);
    return object
      ? response.writeHead(200).end(request.method === 'GET' ? object : undefined)
      : response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const moody: MoodyS3 = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    mood,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return moody;
}
