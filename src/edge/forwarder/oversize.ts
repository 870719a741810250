/**
 * Captures that are larger than may be sent, and so are kept. Each connection has its own limit, so it is found out anew on each: what has
 * left the spool meanwhile is then not among them, and what was told once is not told again.
 */
export class Oversize {
  #ids = new Set<string>();
  #former: ReadonlySet<string> = new Set();

  /** Returns false when that was known on this connection or the one before. */
  add(id: string): boolean {
    const isNew = !this.#ids.has(id) && !this.#former.has(id);
    this.#ids.add(id);
    return isNew;
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }

  get captures(): number {
    return this.#ids.size;
  }

  /** A new connection: all that is pending will be looked at again. */
  restart(): void {
    this.#former = this.#ids;
    this.#ids = new Set();
  }
}
