import type { DatabaseSync } from 'node:sqlite';

/** Version 1 kept bodies in the database; version 2 keeps them beside it. */
export const SPOOL_VERSION = 2;
/** A fact that is there as long as an older index, or bodies without one, are not all taken over. */
export const SALVAGING = 'salvaging';

export const SCHEMA = `
  CREATE TABLE cameras (number INTEGER PRIMARY KEY, device TEXT NOT NULL, camera TEXT NOT NULL, UNIQUE (device, camera)) STRICT;
  CREATE TABLE captures (
    -- AUTOINCREMENT: a number is never given out again, or whoever has read up to it would never see the next capture.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    camera INTEGER NOT NULL REFERENCES cameras,
    hour TEXT NOT NULL,
    topic TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    quality REAL NOT NULL,
    bare INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    sends INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    reason TEXT,
    settled_at INTEGER,
    extents BLOB,
    head_bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE hours (
    camera INTEGER NOT NULL REFERENCES cameras, hour TEXT NOT NULL, captured INTEGER NOT NULL,
    PRIMARY KEY (camera, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE folded (
    camera INTEGER NOT NULL REFERENCES cameras, hour TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, captures INTEGER NOT NULL,
    PRIMARY KEY (camera, hour, state, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE folded_ids (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, state TEXT NOT NULL, reason TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (
    run TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, captured INTEGER NOT NULL, seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX pending ON captures (seq) WHERE state = 'pending';
  CREATE INDEX worth ON captures ((sends > 0), quality, seq) WHERE state = 'pending';
  CREATE INDEX quarantined ON captures (seq) WHERE state = 'refused' AND extents IS NOT NULL;
  CREATE INDEX settled ON captures (settled_at) WHERE state <> 'pending';
  CREATE INDEX bare_hashes ON captures (sha256, arrived_at) WHERE bare = 1;
`;

export type SpoolStatements = ReturnType<typeof prepareStatements>;

/** All statements that change the index, prepared once. */
export function prepareStatements(db: DatabaseSync) {
  const capture = `SELECT seq, id, device, topic, sha256, sends, bytes, extents, head_bytes
    FROM captures JOIN cameras ON cameras.number = captures.camera`;
  const pending = `${capture} WHERE state = 'pending'`;
  const foldable = "state <> 'pending' AND settled_at < ?";
  return {
    cameraNumber: db.prepare('SELECT number FROM cameras WHERE device = ? AND camera = ?'),
    cameraName: db.prepare('SELECT camera FROM cameras WHERE number = ?'),
    insertCamera: db.prepare('INSERT INTO cameras (device, camera) VALUES (?, ?)'),
    byId: db.prepare('SELECT seq, sha256, state, reason, bytes, extents, camera, hour FROM captures WHERE id = ?'),
    bareByHash: db.prepare(
      `SELECT seq, sha256, state, reason, bytes, extents, camera, hour FROM captures
       WHERE bare = 1 AND sha256 = ? AND arrived_at > ? ORDER BY arrived_at DESC LIMIT 1`,
    ),
    foldedById: db.prepare('SELECT sha256, state, reason FROM folded_ids WHERE id = ?'),
    insert: db.prepare(
      `INSERT INTO captures (id, camera, hour, topic, sha256, bytes, quality, bare, arrived_at, state, reason, settled_at, extents, head_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    settle: db.prepare('UPDATE captures SET state = ?, reason = ?, settled_at = ? WHERE seq = ?'),
    dropBody: db.prepare('UPDATE captures SET extents = NULL WHERE seq = ?'),
    retry: db.prepare(
      "UPDATE captures SET state = 'pending', reason = NULL, settled_at = NULL, sends = 0 WHERE seq = ?",
    ),
    heal: db.prepare(
      "UPDATE captures SET state = 'pending', reason = NULL, settled_at = NULL, extents = ?, head_bytes = ? WHERE seq = ?",
    ),
    remove: db.prepare('DELETE FROM captures WHERE seq = ?'),
    markSent: db.prepare("UPDATE captures SET sends = sends + 1 WHERE id = ? AND state = 'pending'"),
    addCaptured: db.prepare(
      'INSERT INTO hours VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET captured = captured + excluded.captured',
    ),
    run: db.prepare('SELECT first, last FROM runs WHERE run = ?'),
    addToRun: db.prepare(
      `INSERT INTO runs VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       first = MIN(first, excluded.first), last = MAX(last, excluded.last), captured = captured + excluded.captured, seen_at = excluded.seen_at`,
    ),
    // Never sent before sent, then the lowest quality, then the oldest.
    leastWorth: db.prepare(
      "SELECT seq, camera, hour, quality, sends, bytes, extents FROM captures WHERE state = 'pending' ORDER BY (sends > 0), quality, seq LIMIT 1",
    ),
    pendingById: db.prepare(`${pending} AND id = ?`),
    pendingAfter: db.prepare(`${pending} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
    withBody: db.prepare(`${capture} WHERE id = ? AND extents IS NOT NULL`),
    lastSeq: db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'captures'"),
    oldestPending: db.prepare("SELECT arrived_at FROM captures WHERE state = 'pending' ORDER BY seq LIMIT 1"),
    oldestQuarantined: db.prepare(
      "SELECT seq, bytes, extents FROM captures WHERE state = 'refused' AND extents IS NOT NULL ORDER BY seq LIMIT 1",
    ),
    fold: db.prepare(
      `INSERT INTO folded SELECT camera, hour, state, COALESCE(reason, ''), COUNT(*) FROM captures WHERE ${foldable} GROUP BY 1, 2, 3, 4
       ON CONFLICT DO UPDATE SET captures = captures + excluded.captures`,
    ),
    keepFoldedIds: db.prepare(
      `INSERT OR REPLACE INTO folded_ids SELECT id, sha256, state, reason FROM captures WHERE ${foldable}`,
    ),
    addFolded: db.prepare(
      'INSERT INTO folded VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET captures = captures + excluded.captures',
    ),
    addFoldedId: db.prepare('INSERT OR IGNORE INTO folded_ids VALUES (?, ?, ?, ?)'),
    addUnkept: db.prepare(
      "INSERT INTO facts VALUES ('unkept', ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
    ),
    adoptRun: db.prepare('INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?)'),
    note: db.prepare('INSERT OR IGNORE INTO facts VALUES (?, 1)'),
    unnote: db.prepare('DELETE FROM facts WHERE name = ?'),
    fact: db.prepare('SELECT value FROM facts WHERE name = ?'),
    setHistory: db.prepare(
      'UPDATE captures SET sends = ?, arrived_at = ?, settled_at = ?, state = ?, reason = ? WHERE seq = ?',
    ),
    foldedExtents: db.prepare(`SELECT extents FROM captures WHERE ${foldable} AND extents IS NOT NULL`),
    dropFolded: db.prepare(`DELETE FROM captures WHERE ${foldable}`),
    // Ids begin with their time: the first in order are the oldest.
    boundFoldedIds: db.prepare(
      'DELETE FROM folded_ids WHERE id IN (SELECT id FROM folded_ids ORDER BY id LIMIT MAX(0, (SELECT COUNT(*) FROM folded_ids) - ?))',
    ),
    foldRuns: db.prepare(
      `INSERT INTO facts SELECT 'unkept', CAST(TOTAL(last - first + 1 - captured) AS INTEGER) FROM runs WHERE seen_at < ?
       ON CONFLICT DO UPDATE SET value = value + excluded.value`,
    ),
    dropFoldedRuns: db.prepare('DELETE FROM runs WHERE seen_at < ?'),
  };
}
