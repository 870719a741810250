import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenOnLoopback } from './loopback.ts';

/**
 * `hangs`: takes requests and never answers. `stores and resets`: does what is asked and breaks the connection instead of saying so.
 * `drags`: answers after `dragMs`. `… on images`: but to a probe at once.
 */
export type Mood =
  | 'works'
  | 'forbids'
  | 'hangs'
  | 'fails'
  | 'slows down'
  | 'has no bucket'
  | 'knows an expired token'
  | 'stores and resets'
  | 'drags'
  | 'hangs on images'
  | 'drags on images';

export interface MoodyS3 {
  readonly url: string;
  readonly objects: ReadonlyMap<string, Buffer>;
  mood: Mood;
  /** Of all requests, the share that meets the mood; the others work. */
  moodyRatio: number;
  /** Two seconds, unless changed. */
  dragMs: number;
  /** Puts that made no object because there was one. */
  readonly refusedPuts: number;
  stop(): void;
}

const ANSWERS: Readonly<Partial<Record<Mood, readonly [status: number, code: string]>>> = {
  forbids: [403, 'AccessDenied'],
  fails: [500, 'InternalError'],
  'slows down': [503, 'SlowDown'],
  'has no bucket': [404, 'NoSuchBucket'],
  'knows an expired token': [400, 'ExpiredToken'],
};
const ON_IMAGES = ' on images';
const PROBE = '.sightline-probe';

/** The four requests of S3 that a store needs, with faults at will. For what S3 really does there is startS3Server. */
export async function startMoodyS3(mood: Mood, random: () => number = Math.random): Promise<MoodyS3> {
  const objects = new Map<string, Buffer>();
  const hanging: ServerResponse[] = [];
  let refusedPuts = 0;
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined);
    // Who asked has gone in the middle of it.
    if (!body) return;
    const now = random() < moody.moodyRatio ? moodFor(moody.mood, request.url ?? '') : 'works';
    const [status, code] = ANSWERS[now] ?? [];
    if (status !== undefined) {
      response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      return;
    }
    if (now === 'hangs') {
      hanging.push(response);
      return;
    }
    if (now === 'drags') await sleep(moody.dragMs);
    const answer = act(request, body);
    if (now === 'stores and resets') request.socket.resetAndDestroy();
    else response.writeHead(answer.status).end(request.method === 'HEAD' ? undefined : answer.body);
  });

  function act({ method, url, headers }: IncomingMessage, body: Buffer): { status: number; body?: Buffer } {
    const key = url?.split('?')[0] ?? '';
    const object = objects.get(key);
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    if (method === 'PUT') {
      if (object && headers['if-none-match']) {
        refusedPuts += 1;
        return { status: 412 };
      }
      objects.set(key, body);
      return { status: 200 };
    }
    return object ? { status: 200, body: object } : { status: 404 };
  }

  const moody: MoodyS3 = {
    ...(await listenOnLoopback(server)),
    objects,
    mood,
    moodyRatio: 1,
    dragMs: 2_000,
    get refusedPuts() {
      return refusedPuts;
    },
  };
  return moody;
}

function moodFor(mood: Mood, url: string): Mood {
  if (!mood.endsWith(ON_IMAGES)) return mood;
  return url.split('?')[0]?.endsWith(PROBE) ? 'works' : (mood.slice(0, -ON_IMAGES.length) as Mood);
}

/** Rejects when the connection ends before the body does. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
