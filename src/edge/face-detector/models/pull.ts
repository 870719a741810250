import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../../platform/make-folder.ts';
import { errorMessage } from '../../../platform/sightline-error.ts';
import { ModelError } from './model-error.ts';
import { sha256Hex } from './verified-file.ts';
import { readYunetFile, YUNET, yunetPath } from './yunet-file.ts';

const TIMEOUT_MS = 60_000;
const OTHER_FILE = `That is another file than ${YUNET.url}: give that one with --from FILE.`;
const WITHOUT_NETWORK =
  `Without a network: fetch ${YUNET.url} elsewhere and run "sightline models pull yunet --from FILE" here. ` +
  `Behind a proxy: set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY.`;

export interface PulledModel {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The right file was there before: nothing was fetched. */
  readonly alreadyThere: boolean;
}

/**
 * Puts the YuNet model into `modelsPath`: from `from` (a file) or else from `url`. What isn't byte for byte the pinned
 * model never gets its name, and whatever was there stays.
 *
 * @throws ModelError `download-failed`, `model-missing` (no such `from`), `hash-mismatch`, `write-failed`; AbortError.
 */
export async function pullYunet({
  modelsPath,
  from,
  url = YUNET.url,
  timeoutMs = TIMEOUT_MS,
  signal,
}: {
  modelsPath: string;
  from?: string | undefined;
  url?: string | undefined;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}): Promise<PulledModel> {
  const path = yunetPath(modelsPath);
  const pulled = { path, sha256: YUNET.sha256, bytes: YUNET.bytes };
  const given = from === undefined ? undefined : await readLimited(from, signal);
  // Before the look at what is there: a wrong file that somebody gives must not pass for installed.
  if (given && from !== undefined) assertPinned(given, from);
  if (await isVerified(modelsPath)) return { ...pulled, alreadyThere: true };
  const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const bytes = given ?? (await download(url, deadline, signal));
  if (!given) assertPinned(bytes, url);
  await writeAtomically(path, bytes);
  return { ...pulled, alreadyThere: false };
}

async function isVerified(modelsPath: string): Promise<boolean> {
  try {
    await readYunetFile(modelsPath);
    return true;
  } catch {
    // A folder that can't be read will refuse the model too, and say so.
    return false;
  }
}

async function download(url: string, deadline: AbortSignal, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: deadline });
    if (!response.ok || !response.body) {
      throw new ModelError('download-failed', `Expected ${url} to answer 200, got ${response.status}.`, {
        hint: WITHOUT_NETWORK,
      });
    }
    return await collect(response.body, url);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    throw new ModelError('download-failed', `Expected to fetch ${url}, got ${reasonOf(error)}.`, {
      hint: WITHOUT_NETWORK,
      cause: error,
    });
  }
}

async function readLimited(from: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    return await collect(createReadStream(from, { signal }), from);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    throw new ModelError('model-missing', `Expected the YuNet model in the file ${from}, got ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** Ends as soon as there is more than the model can have. */
async function collect(chunks: AsyncIterable<Uint8Array>, source: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of chunks) {
    bytes += part.byteLength;
    if (bytes > YUNET.bytes) {
      const message = `Expected the ${YUNET.bytes} bytes of the YuNet model from ${source}, got more. Nothing was kept.`;
      throw new ModelError('hash-mismatch', message, { hint: OTHER_FILE });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function assertPinned(bytes: Buffer, source: string): void {
  const found = sha256Hex(bytes);
  if (found === YUNET.sha256) return;
  throw new ModelError(
    'hash-mismatch',
    `Expected SHA-256 ${YUNET.sha256} (${YUNET.bytes} bytes) from ${source}, got ${found} (${bytes.length} bytes). ` +
      'Nothing was kept.',
    { hint: OTHER_FILE },
  );
}

async function writeAtomically(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    makeFolder(dirname(path));
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new ModelError('write-failed', `Expected to write ${path}, got ${errorMessage(error)}.`, {
      hint: 'Give a folder that can be written in models.path (SIGHTLINE_MODELS_PATH).',
      cause: error,
    });
  }
}

/** fetch says «fetch failed» and keeps the reason in `cause`, for several addresses in an AggregateError. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause;
  const reason = inner instanceof Error ? inner.message || inner.name : '';
  return reason === '' ? error.message : `${error.message} (${reason})`;
}
