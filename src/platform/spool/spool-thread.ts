import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openSpoolDatabase } from './database.ts';
import { SpoolLedger } from './ledger.ts';
import type { SpoolRequest, SpoolSettings } from './protocol.ts';

const FOLD_EVERY_MS = 3_600_000;

/** The spool's own thread: a sync to disk must not stop the network. */
const settings = workerData as SpoolSettings;
const port = parentPort;
if (!port) throw new Error('Expected to be started as a worker thread');

try {
  const { db, content: ledger, movedAside } = openSpoolDatabase(settings.folder, openLedger);
  const folding = setInterval(() => foldIfPossible(ledger), FOLD_EVERY_MS);
  port.on('message', ({ number, request }: { number: number; request: SpoolRequest }) => {
    try {
      port.postMessage({ number, response: answer(ledger, request) });
    } catch (error) {
      port.postMessage({ number, error: error instanceof Error ? error.message : String(error) });
    }
    if (request.type === 'close') {
      clearInterval(folding);
      db.close();
      port.close();
    }
  });
  port.postMessage({ number: 0, response: { status: ledger.status(), movedAside } });
} catch (error) {
  const { message, hint, exitCode } = error as { message: string; hint?: string; exitCode?: number };
  port.postMessage({ number: 0, error: message, hint, exitCode });
}

function openLedger(db: DatabaseSync): SpoolLedger {
  const ledger = new SpoolLedger(db, settings);
  ledger.fold();
  return ledger;
}

/** A disk that is full now has another hour: nothing depends on it, and an error here would end the thread. */
function foldIfPossible(ledger: SpoolLedger): void {
  try {
    ledger.fold();
  } catch {
    // The rows stay as they are.
  }
}

function answer(ledger: SpoolLedger, request: SpoolRequest): unknown {
  switch (request.type) {
    case 'commit':
      return { results: ledger.commit(request.changes), status: ledger.status() };
    case 'read':
      return ledger.read(request.query);
    case 'devices':
      return ledger.devices();
    case 'close':
      return null;
  }
}
