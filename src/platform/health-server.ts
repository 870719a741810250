import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXIT_CODES } from './exit-codes.ts';
import type { Metrics } from './metrics.ts';
import type { Service } from './service.ts';
import { errorMessage, SightlineError, systemErrorCode } from './sightline-error.ts';

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Any free port will do where another program has this one. */
  readonly orAny?: boolean;
  readonly services: readonly Service[];
  readonly metrics: Metrics;
}

/** `/livez` (the process answers), `/readyz` (every service can work) and `/metrics` (Prometheus) of one process. */
export class HealthServer {
  readonly #options: HealthServerOptions;
  #server: Server | undefined;

  constructor(options: HealthServerOptions) {
    this.#options = options;
  }

  /** @throws SightlineError when the port is taken or may not be opened. */
  async start(): Promise<void> {
    const { host, port, orAny = false } = this.#options;
    const server = createServer((request, response) => {
      // A reader of a metric that fails must not end the process.
      this.#answer(request, response).catch((error) => send(response, 500, 'text/plain', `${errorMessage(error)}\n`));
    });
    await listen(server, port, host).catch(async (cause: unknown) => {
      if (!orAny) throw portError(host, port, cause);
      await listen(server, 0, host);
    });
    this.#server = server;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, 'text/plain', 'Expected GET\n');
    if (path === '/livez') return send(response, 200, 'text/plain', 'ok\n');
    if (path === '/readyz' || path === '/healthz') return this.#answerReadiness(response);
    if (path === '/metrics') {
      const { metrics } = this.#options;
      return send(response, 200, metrics.contentType, await metrics.expose());
    }
    send(response, 404, 'text/plain', 'Expected /livez, /readyz or /metrics\n');
  }

  #answerReadiness(response: ServerResponse): void {
    const checks = this.#options.services.flatMap((service) =>
      service.readiness().map((check) => ({ service: service.name, ...check })),
    );
    const ready = checks.every(({ ok }) => ok);
    send(response, ready ? 200 : 503, 'application/json', `${JSON.stringify({ ready, checks })}\n`);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portError(host: string, port: number, cause: unknown): SightlineError {
  const why = systemErrorCode(cause) === 'EADDRINUSE' ? 'another program has it' : String(cause);
  return new SightlineError(`Expected port ${port} of ${host} to be free for health and metrics, but ${why}`, {
    hint: 'Choose another with http.port in sightline.yaml or --http-port PORT (0: any free one).',
    exitCode: EXIT_CODES.environment,
    cause,
  });
}
