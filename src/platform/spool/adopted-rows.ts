import type { CaptureRows } from './capture-rows.ts';
import { hourOf } from './index-rows.ts';
import type { SpoolStatements } from './schema.ts';
import type { Adoption, SpoolRequests } from './thread-protocol.ts';

/** Takes over what an older index says; what is known already stays as it is. Always inside a transaction. */
export class AdoptedRows {
  readonly #sql: SpoolStatements;
  readonly #rows: CaptureRows;

  constructor(sql: SpoolStatements, rows: CaptureRows) {
    this.#sql = sql;
    this.#rows = rows;
  }

  /** Takes over a row of an older index, with its history. */
  row({ facts, place, state, reason, sends, arrivedAtMs, settledAtMs }: Adoption): void {
    if (this.#sql.byId.get(facts.id) || this.#sql.foldedById.get(facts.id)) return;
    const [camera, hour] = [this.#rows.cameraNumber(facts.device, facts.camera), hourOf(facts.id)];
    const seq = this.#rows.insert(facts, place, camera, hour, state, reason);
    this.#sql.setHistory.run(sends, arrivedAtMs, settledAtMs, state, reason, seq);
    this.#rows.count(camera, hour, 1);
  }

  /** Takes over what an older index had folded; once from each. */
  counts(counts: SpoolRequests['adopt']['counts']): void {
    const sources = new Set(counts.map(({ from }) => from));
    const fresh = new Set([...sources].filter((from) => this.#sql.note.run(`folded-of-${from}`).changes > 0));
    for (const { from, device, camera, hour, state, reason, captures } of counts) {
      if (!fresh.has(from)) continue;
      const number = this.#rows.cameraNumber(device, camera);
      this.#sql.addFolded.run(number, hour, state, reason, captures);
      this.#rows.count(number, hour, captures);
    }
  }

  /** Takes over what else an older index remembered; once from each. */
  memory({ from, foldedIds, runs, unkept }: NonNullable<SpoolRequests['adopt']['memory']>): void {
    if (this.#sql.note.run(`memory-of-${from}`).changes === 0) return;
    for (const { id, sha256, state, reason } of foldedIds) this.#sql.addFoldedId.run(id, sha256, state, reason);
    for (const { run, first, last, captured, seen_at } of runs)
      this.#sql.adoptRun.run(run, first, last, captured, seen_at);
    this.#sql.addUnkept.run(unkept);
  }
}
