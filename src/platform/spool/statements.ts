import type { DatabaseSync } from 'node:sqlite';

export type SpoolStatements = ReturnType<typeof prepareStatements>;

/** All statements of the ledger, prepared once. */
export function prepareStatements(db: DatabaseSync) {
  // The hour of the id, not of its arrival: the same that the store's keys carry (RFC 9562 §5.7).
  db.function('id_hour', { deterministic: true }, (id) => {
    const ms = Number.parseInt(String(id).slice(0, 8) + String(id).slice(9, 13), 16);
    return new Date(ms).toISOString().slice(0, 13);
  });
  const pending = `SELECT seq, id, device, topic, sha256, sends, bytes, body FROM captures JOIN bodies USING (seq) WHERE state = 'pending'`;
  // The last row stays: SQLite would give its number out again, and whoever has read up to it would never see the next capture.
  const foldable = "state <> 'pending' AND settled_at < ? AND seq < (SELECT MAX(seq) FROM captures)";
  return {
    byId: db.prepare('SELECT seq, sha256, state, reason, bytes FROM captures WHERE id = ?'),
    bareByHash: db.prepare(
      'SELECT seq, sha256, state, reason FROM captures WHERE bare = 1 AND sha256 = ? AND arrived_at > ? ORDER BY arrived_at DESC LIMIT 1',
    ),
    insert: db.prepare(
      `INSERT INTO captures (id, device, camera, topic, sha256, bytes, quality, bare, arrived_at, state, reason, settled_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertBody: db.prepare('INSERT INTO bodies (seq, body) VALUES (?, ?)'),
    dropBody: db.prepare('DELETE FROM bodies WHERE seq = ?'),
    settle: db.prepare('UPDATE captures SET state = ?, reason = ?, settled_at = ? WHERE seq = ?'),
    markSent: db.prepare('UPDATE captures SET sends = sends + 1 WHERE id = ?'),
    pendingById: db.prepare(`${pending} AND id = ?`),
    pendingAfter: db.prepare(`${pending} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
    devices: db.prepare("SELECT DISTINCT device FROM captures WHERE state = 'pending'"),
    lastSeq: db.prepare('SELECT MAX(seq) AS seq FROM captures'),
    oldestQuarantined: db.prepare(
      "SELECT seq, bytes FROM captures JOIN bodies USING (seq) WHERE state = 'refused' ORDER BY seq LIMIT 1",
    ),
    fold: db.prepare(
      `INSERT INTO folded
       SELECT device, camera, id_hour(id), state, COALESCE(reason, ''), COUNT(*) FROM captures WHERE ${foldable} GROUP BY 1, 2, 3, 4, 5
       ON CONFLICT DO UPDATE SET captures = captures + excluded.captures`,
    ),
    dropFoldedBodies: db.prepare(`DELETE FROM bodies WHERE seq IN (SELECT seq FROM captures WHERE ${foldable})`),
    dropFolded: db.prepare(`DELETE FROM captures WHERE ${foldable}`),
  };
}
