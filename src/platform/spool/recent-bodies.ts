const MAX_BYTES = 2 * 2 ** 20;

/** Bodies that came a moment ago, so that what flows through is not read back from disk; the oldest go first. */
export class RecentBodies {
  readonly #bodies = new Map<string, Buffer>();
  #bytes = 0;

  set(id: string, body: Buffer): void {
    this.delete(id);
    this.#bodies.set(id, body);
    this.#bytes += body.length;
    for (const oldest of this.#bodies.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.delete(oldest);
    }
  }

  get(id: string): Buffer | undefined {
    return this.#bodies.get(id);
  }

  delete(id: string): void {
    this.#bytes -= this.#bodies.get(id)?.length ?? 0;
    this.#bodies.delete(id);
  }
}
