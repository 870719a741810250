import { errorMessage } from '../sightline-error.ts';
import type { Body, BodyStore } from './body-store.ts';
import type { SpoolThreadClient } from './spool-thread-client.ts';
import type { Place } from './thread-protocol.ts';

/** The disk has no room and nothing in the spool could make any: whoever has the capture must keep it. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError';
}

/** What became of a body: written and synced; not needed, or worth less than all that is there; or not kept at all. */
export type Placed = { readonly place: Place | undefined } | { readonly error: Error };

/** Writes bodies of newcomers to disk, and has room made for them when there is none. */
export class BodyPlacer {
  readonly #bodies: BodyStore;
  readonly #thread: SpoolThreadClient;

  constructor(bodies: BodyStore, thread: SpoolThreadClient) {
    this.#bodies = bodies;
    this.#thread = thread;
  }

  /** One result for each body. Those with a place are on disk, and nothing refers to them yet. */
  async place(bodies: readonly Body[]): Promise<Placed[]> {
    return this.#bodies.exclusively(() => this.#place(bodies));
  }

  async #place(bodies: readonly Body[]): Promise<Placed[]> {
    const verdicts = await this.#verdicts(bodies);
    const coming = bodies.filter((_, index) => verdicts[index] === 'fits');
    let places: Place[] = [];
    let fault: Error | undefined;
    try {
      places = coming.length > 0 ? await this.#bodies.write(coming) : [];
    } catch (error) {
      fault = error instanceof Error ? error : new Error(errorMessage(error));
    }
    return verdicts.map((verdict) => {
      if (verdict === 'none') return { error: new SpoolFullError('Expected room on the disk, got none') };
      if (verdict !== 'fits') return { place: undefined };
      return fault ? { error: fault } : { place: places.shift() };
    });
  }

  async #verdicts(newcomers: readonly Body[]) {
    const needed = newcomers.reduce((sum, { blocks }) => sum + blocks, 0);
    const free = await this.#bodies.room(needed);
    if (free >= needed) return newcomers.map(() => 'fits' as const);
    if (this.#bodies.heldBlocks > 0) return asManyAsFit(newcomers, free);
    const possible = newcomers.flatMap(({ facts, blocks }) =>
      this.#bodies.couldHold(blocks) ? [{ facts, blocks }] : [],
    );
    const made = await this.#thread.ask('makeRoom', { newcomers: possible, freeBlocks: free });
    this.#bodies.release(made.freed);
    const verdicts = [...made.verdicts];
    // Larger than the whole spool may be: it gets its tombstone, since it could never be held.
    return newcomers.map(({ blocks }) =>
      this.#bodies.couldHold(blocks) ? (verdicts.shift() ?? 'none') : ('least' as const),
    );
  }
}

/** While an older index is taken over nobody has to go: freed blocks would not be free. */
function asManyAsFit(newcomers: readonly Body[], freeBlocks: number): ('fits' | 'none')[] {
  let free = freeBlocks;
  return newcomers.map(({ blocks }) => {
    if (blocks > free) return 'none';
    free -= blocks;
    return 'fits';
  });
}
