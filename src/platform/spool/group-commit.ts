import { killPoint } from '../kill-points.ts';
import type { BodyPlacer } from './body-placer.ts';
import { Body, type BodyStore } from './body-store.ts';
import type { CaptureFacts } from './protocol.ts';
import type { SpoolThreadClient } from './spool-thread-client.ts';
import type { ChangeResult, Committed, IndexStatus, SpoolChange } from './thread-protocol.ts';

/** Changes of one transaction, at most; and the bytes of their bodies. */
const MAX_GROUP = 64;
const MAX_GROUP_BYTES = 2 * 2 ** 20;

type Asked =
  | { readonly type: 'put'; readonly facts: CaptureFacts; readonly body: Buffer }
  | Exclude<SpoolChange, { type: 'put' }>;

interface Waiting {
  readonly asked: Asked;
  readonly resolve: (result: never) => void;
  readonly reject: (cause: Error) => void;
}

interface Ready {
  readonly change: SpoolChange;
  readonly waiting: Waiting;
}

export interface GroupCommitOptions {
  readonly thread: SpoolThreadClient;
  readonly bodies: BodyStore;
  readonly placer: BodyPlacer;
  readonly onStatus: (status: IndexStatus) => void;
}

/**
 * Changes that arrive while others are being written share the next transaction. Bodies are written and synced first, then the rows that
 * name them; while one group's rows are being committed, the next one's bodies are written. Changes without a body wait for no body.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** Wait for their bodies to be written. */
  #puts: Waiting[] = [];
  /** Wait for the next transaction. */
  #ready: Ready[] = [];
  #isPlacing = false;
  #isCommitting = false;
  #placing: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves with the change's result once it is on disk. @throws when it is not: then nothing was changed. */
  async change<Result extends ChangeResult>(asked: Asked): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const waiting = { asked, resolve, reject };
      if (asked.type === 'put') this.#put(waiting);
      else this.#commitSoon([{ change: asked, waiting }]);
    });
  }

  /** Resolves when all that was asked for is done. */
  async idle(): Promise<void> {
    while (this.#isPlacing || this.#isCommitting) {
      await this.#placing;
      await this.#committing;
    }
  }

  #put(waiting: Waiting): void {
    this.#puts.push(waiting);
    if (this.#isPlacing) return;
    this.#isPlacing = true;
    this.#placing = this.#placeAll();
  }

  #commitSoon(ready: readonly Ready[]): void {
    this.#ready.push(...ready);
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    this.#committing = this.#commitAll();
  }

  async #placeAll(): Promise<void> {
    // Lets everything that is being read from a socket right now into the same group.
    await nextTurn();
    while (this.#puts.length > 0) {
      this.#commitSoon(await this.#place(this.#takeGroup()));
      // One group ahead: its bodies are written while the former's rows are committed.
      while (this.#ready.length >= MAX_GROUP) await this.#committing;
    }
    this.#isPlacing = false;
  }

  async #commitAll(): Promise<void> {
    await nextTurn();
    while (this.#ready.length > 0) await this.#commit(this.#ready.splice(0));
    this.#isCommitting = false;
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(MAX_GROUP, this.#puts.length); count += 1) {
      const asked = this.#puts[count]?.asked;
      bytes += asked?.type === 'put' ? asked.body.length : 0;
      if (count > 0 && bytes > MAX_GROUP_BYTES) break;
    }
    return this.#puts.splice(0, count);
  }

  /** Puts bodies on disk. What could not be kept is told so and left out. */
  async #place(group: readonly Waiting[]): Promise<Ready[]> {
    const bodies = group.flatMap(({ asked }) => (asked.type === 'put' ? [new Body(asked.facts, asked.body)] : []));
    const placed = await this.#options.placer.place(bodies).catch(asError);
    killPoint('spool/after-body');
    return group.flatMap((waiting, index): Ready[] => {
      const one = placed instanceof Error ? { error: placed } : (placed[index] ?? { place: undefined });
      const facts = bodies[index]?.facts;
      if (facts && !('error' in one)) return [{ change: { type: 'put', facts, place: one.place }, waiting }];
      if ('error' in one) waiting.reject(one.error);
      return [];
    });
  }

  async #commit(ready: readonly Ready[]): Promise<void> {
    const { thread, bodies, onStatus } = this.#options;
    const changes = ready.map(({ change }) => change);
    let committed: Committed;
    try {
      committed = await thread.ask('commit', { changes });
    } catch (error) {
      for (const change of changes) if (change.type === 'put' && change.place) bodies.release(change.place.extents);
      for (const { waiting } of ready) waiting.reject(error as Error);
      return;
    }
    if (committed.freed.length > 0) killPoint('spool/after-settle');
    bodies.release(committed.freed);
    onStatus(committed.status);
    for (const [index, { waiting }] of ready.entries()) waiting.resolve(committed.results[index] as never);
  }
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
