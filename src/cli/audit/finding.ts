/** Something that does not balance. */
export interface Finding {
  /**
   * missing: stored by the ledger, and not in the store. doubled: in the store more than once. unexpected: in the store, and the ledger
   * knows nothing of it. different: in the store with other bytes. gap: the ledger does not balance in itself. count: an hour of which the
   * ledger has only counts differs.
   */
  readonly finding: 'missing' | 'doubled' | 'unexpected' | 'different' | 'gap' | 'count';
  readonly id?: string;
  readonly device?: string;
  readonly camera?: string;
  readonly hour?: string;
  readonly keys?: readonly string[];
  /** For people. */
  readonly detail: string;
}

/** What a ledger says of an hour, and how many objects the store has of it. */
export interface HourTotals {
  readonly device: string;
  readonly camera: string;
  readonly hour: string;
  captured: number;
  pending: number;
  stored: number;
  refused: number;
  evicted: number;
  released: number;
  objects: number;
}

/** What an audit found out, beside what does not balance. */
export interface AuditTotals {
  readonly hours: readonly HourTotals[];
  /** `refused (damaged)` → how many, of rows that are still there. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Found in the store, and not yet known as stored: by what the ledger said. */
  readonly found: ReadonlyMap<string, number>;
  /** Of these, the ledger's keeper was told. */
  readonly settled: number;
  readonly unkept: number;
  readonly verified: number;
}
