import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { checkSchema } from './check-schema.ts';
import type { Manifest } from './manifest.ts';
import { nameOf } from './manifest.ts';
import { DISCOVERY, KINDS, OPENAPI, type Resource } from './stand-in-discovery.ts';

/**
 * What the real kubectl needs of an API server: it says what kinds there are, keeps what is applied, selects by label, deletes.
 * It judges objects by their schemas, and a Deployment that it takes counts as rolled out. No pod ever runs; for that there
 * is no cluster in a test.
 */
export class StandInCluster {
  readonly objects = new Map<string, Manifest>();
  /** Methods and paths, in order. */
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'gate-3' } });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  put(manifest: Manifest): void {
    this.objects.set(nameOf(manifest), manifest);
  }

  get(name: string): Manifest | undefined {
    return this.objects.get(name);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster');
    this.requests.push(`${request.method} ${url.pathname}`);
    const reply = (code: number, body: unknown) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const known = DISCOVERY[url.pathname] ?? OPENAPI[url.pathname];
    if (known) return void reply(200, known);
    const place = locate(url.pathname);
    if (!place) return void reply(404, status(404, `nothing at ${url.pathname}`));
    const { resource, name } = place;
    const existing = name === undefined ? undefined : this.get(`${resource.kind}/${name}`);
    if (url.searchParams.get('watch') === 'true') return void response.writeHead(200).flushHeaders();
    if (request.method === 'GET' && name === undefined) return void reply(200, this.#list(resource, url.searchParams));
    if (request.method === 'GET' && existing) return void reply(200, existing);
    if (request.method === 'DELETE' && existing) {
      this.objects.delete(nameOf(existing));
      // A namespace takes along what is in it.
      if (existing.kind === 'Namespace') this.#clear(existing.metadata.name);
      return void reply(200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    }
    if (request.method === 'PATCH' || request.method === 'POST') {
      return void (await this.#write(request, existing, url.searchParams, reply));
    }
    reply(404, status(404, `${resource.kind} ${name} not found`));
  }

  async #write(
    request: IncomingMessage,
    existing: Manifest | undefined,
    query: URLSearchParams,
    reply: (code: number, body: unknown) => void,
  ): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const sent = parse(text);
    const isMerge = request.headers['content-type']?.includes('merge-patch');
    const manifest: Manifest = isMerge && existing ? { ...existing, data: { ...existing.data, ...sent.data } } : sent;
    // Server-side apply leaves labels that another manager has set.
    const labels = manifest.kind === 'Namespace' && {
      labels: { ...existing?.metadata.labels, ...sent.metadata.labels },
    };
    const faults = await checkSchema(manifest);
    if (faults.length > 0) return reply(422, status(422, faults.join('; ')));
    const kept = manifest.kind === 'Deployment' ? { ...manifest, status: ROLLED_OUT } : manifest;
    if (query.get('dryRun') === null) {
      this.put({ ...kept, metadata: { generation: 1, ...kept.metadata, ...labels } as never });
    }
    reply(existing ? 200 : 201, kept);
  }

  #list({ kind, apiVersion }: Resource, query: URLSearchParams): unknown {
    const wanted = (query.get('labelSelector') ?? '').split(',').filter(Boolean);
    const [, named] = /metadata\.name=([^,]+)/.exec(query.get('fieldSelector') ?? '') ?? [];
    const items = [...this.objects.values()].filter(
      (object) =>
        object.kind === kind &&
        (!named || object.metadata.name === named) &&
        wanted.every((pair) => {
          const [key = '', value] = pair.split('=');
          return object.metadata.labels?.[key] === value;
        }),
    );
    return { kind: `${kind}List`, apiVersion, metadata: {}, items };
  }

  #clear(namespace: string): void {
    for (const [name, { metadata }] of this.objects) if (metadata.namespace === namespace) this.objects.delete(name);
  }
}

const ROLLED_OUT = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

/** /apis/apps/v1/namespaces/sightline/deployments/forwarder → the kind, and the name if there is one. */
function locate(path: string): { resource: Resource; name: string | undefined } | undefined {
  for (const resource of KINDS) {
    const [, rest] = path.split(resource.base);
    if (!path.startsWith(`${resource.base}/`) || rest === undefined) continue;
    const parts = rest.split('/').filter(Boolean);
    const own = parts[0] === 'namespaces' && parts.length > 2 ? parts.slice(2) : parts;
    if (own[0] === resource.plural && own.length <= 2) return { resource, name: own[1] };
  }
  return undefined;
}

function status(code: number, message: string): unknown {
  const reason = code === 404 ? 'NotFound' : 'Invalid';
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code };
}
