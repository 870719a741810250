import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { moveAside } from './aside.ts';
import { Ballast } from './ballast.ts';
import { INDEX_FILE, isOutOfRoom, isUnreadable, openSpoolDatabase } from './database.ts';
import { FileWatch } from './file-watch.ts';
import { readEntries, readHours } from './ledger-queries.ts';
import type { SpoolSettings } from './protocol.ts';
import { SpoolIndex } from './spool-index.ts';
import type { Opened, RequestType, SpoolEvent, SpoolRequests } from './thread-protocol.ts';

const LOOK_EVERY_MS = 5_000;

/** The index's own thread: a sync to disk must not stop the network. */
const settings = workerData as SpoolSettings;
const port = parentPort;
if (!port) throw new Error('Expected to be started as a worker thread');

interface Question {
  readonly number: number;
  readonly type: RequestType;
  readonly request: SpoolRequests[RequestType];
}

try {
  let { db, content } = openSpoolDatabase(settings.folder, openIndex);
  const ballast = new Ballast(settings.folder, settings.minFreeBytes);
  const files = new FileWatch(settings.folder);
  const look = () => {
    ballast.take();
    const reason = files.lost();
    if (reason) port.postMessage({ event: 'lost', reason } satisfies SpoolEvent);
  };
  const watching = setInterval(look, LOOK_EVERY_MS);
  const reopen = () => {
    db.close();
    moveAside(join(settings.folder, INDEX_FILE));
    ({ db, content } = openSpoolDatabase(settings.folder, openIndex));
    files.renew();
    port.postMessage({ event: 'reopened', opened: content.opened } satisfies SpoolEvent);
  };
  port.on('message', ({ number, type, request }: Question) => {
    try {
      port.postMessage({ number, response: answer(db, content.index, ballast, type, request) });
    } catch (error) {
      // Found only now, in a page that was not read before: everything is taken over, as it would be at a start.
      if (isUnreadable(error)) reopen();
      port.postMessage({ number, error: error instanceof Error ? error.message : String(error) });
    }
    if (type === 'close') {
      clearInterval(watching);
      db.close();
      port.close();
    }
  });
  port.postMessage({ number: 0, response: content.opened });
  ballast.take();
} catch (error) {
  const { message, hint, exitCode } = error as { message: string; hint?: string; exitCode?: number };
  port.postMessage({ number: 0, error: message, hint, exitCode });
}

function openIndex(db: DatabaseSync): { index: SpoolIndex; opened: Opened } {
  const index = new SpoolIndex(db, settings);
  index.fold();
  const opened = { status: index.status(), extents: index.extents(), isSalvaging: index.isSalvaging };
  return { index, opened };
}

function answer(
  db: DatabaseSync,
  index: SpoolIndex,
  ballast: Ballast,
  type: RequestType,
  request: SpoolRequests[RequestType],
): unknown {
  const of = <Type extends RequestType>(_: Type) => request as SpoolRequests[Type];
  switch (type) {
    case 'commit':
      return withBallast(ballast, () => index.commit(of(type).changes));
    case 'makeRoom':
      return withBallast(ballast, () => index.makeRoom(of(type).newcomers, of(type).freeBlocks));
    case 'fold':
      return { results: [], freed: index.fold(), status: index.status() };
    case 'pending':
      return index.pending(of(type).query);
    case 'entries':
      return readEntries(db, of(type).query);
    case 'hours':
      return readHours(db, of(type).scope);
    case 'place':
      return index.place(of(type).id);
    case 'devices':
      return index.devices();
    case 'recount':
      return index.recount();
    case 'adopt':
      return withBallast(ballast, () => index.adopt(of(type)));
    case 'salvaged':
      index.endSalvage();
      return { status: index.status(), extents: index.extents() };
    case 'close':
      return null;
  }
}

/** A disk without any room left has still the ballast's: once. */
function withBallast<Result>(ballast: Ballast, change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    if (!isOutOfRoom(error) || !ballast.drop()) throw error;
    return change();
  }
}
