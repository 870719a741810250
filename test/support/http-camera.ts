import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpCameraOptions {
  /** JPEGs, shown one after the other and again from the first. */
  readonly pictures: readonly Buffer[];
  readonly fps?: number;
}

export interface HttpCamera {
  readonly url: string;
  /** Requests so far. */
  readonly requests: number;
  /** Connections that stand now. */
  readonly viewers: number;
  /** Pictures sent so far. */
  readonly shown: number;
  /** `silent`: takes requests and says nothing, also to those who watch already. */
  mood: 'shows' | 'silent';
  /** Ends all connections, as a camera that is switched off does. */
  hangUp(): void;
  stop(): void;
}

/** A camera that speaks MJPEG over HTTP, on loopback. */
export async function startHttpCamera({ pictures, fps = 20 }: HttpCameraOptions): Promise<HttpCamera> {
  const watching = new Set<ServerResponse>();
  let requests = 0;
  let shown = 0;
  const server = createServer((_, response) => {
    requests += 1;
    if (camera.mood === 'shows') begin(response);
    watching.add(response);
    response.on('close', () => watching.delete(response));
  });
  const timer = setInterval(() => {
    const picture = pictures[shown % pictures.length] ?? Buffer.alloc(0);
    if (camera.mood === 'silent' || watching.size === 0) return;
    shown += 1;
    for (const response of watching) {
      begin(response);
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      response.write(Buffer.concat([picture, Buffer.from('\r\n')]));
    }
  }, 1000 / fps);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const camera: HttpCamera = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cam`,
    get requests() {
      return requests;
    },
    get viewers() {
      return watching.size;
    },
    get shown() {
      return shown;
    },
    mood: 'shows',
    hangUp: () => server.closeAllConnections(),
    stop() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
  return camera;
}

function begin(response: ServerResponse): void {
  if (!response.headersSent) {
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
  }
}
