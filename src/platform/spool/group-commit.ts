import { killPoint } from '../kill-points.ts';
import type { BodyPlacer } from './body-placer.ts';
import { Body, type BodyStore } from './body-store.ts';
import type { CaptureFacts } from './protocol.ts';
import type { SpoolThreadClient } from './spool-thread-client.ts';
import type { ChangeResult, Committed, IndexStatus, SpoolChange } from './thread-protocol.ts';

/** Changes of one transaction, at most; and the bytes of their bodies. */
const MAX_GROUP = 64;
const MAX_GROUP_BYTES = 4 * 2 ** 20;

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
 * name them; while one group's rows are being committed, the next one's bodies are written.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queue: Waiting[] = [];
  #isPumping = false;
  #pumping: Promise<void> = Promise.resolve();
  #committing: Promise<void> = Promise.resolve();

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves with the change's result once it is on disk. @throws when it is not: then nothing was changed. */
  async change<Result extends ChangeResult>(asked: Asked): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ asked, resolve, reject });
      if (this.#isPumping) return;
      this.#isPumping = true;
      this.#pumping = this.#pump();
    });
  }

  /** Resolves when all that was asked for is done. */
  async idle(): Promise<void> {
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    // Lets everything that is being read from a socket right now into the same group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const ready = await this.#ready(this.#takeGroup());
      await this.#committing;
      this.#committing = this.#commit(ready);
      if (this.#queue.length === 0) await this.#committing;
    }
    this.#isPumping = false;
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(MAX_GROUP, this.#queue.length); count += 1) {
      const asked = this.#queue[count]?.asked;
      bytes += asked?.type === 'put' ? asked.body.length : 0;
      if (count > 0 && bytes > MAX_GROUP_BYTES) break;
    }
    return this.#queue.splice(0, count);
  }

  /** Puts bodies on disk. What could not be kept is told so and left out. */
  async #ready(group: readonly Waiting[]): Promise<Ready[]> {
    const bodies = group.flatMap(({ asked }) => (asked.type === 'put' ? [new Body(asked.facts, asked.body)] : []));
    const placed = bodies.length > 0 ? await this.#options.placer.place(bodies).catch(asError) : [];
    if (bodies.length > 0) killPoint('spool/after-body');
    let next = 0;
    return group.flatMap((waiting): Ready[] => {
      const { asked } = waiting;
      if (asked.type !== 'put') return [{ change: asked, waiting }];
      const one = placed instanceof Error ? { error: placed } : (placed[next] ?? { place: undefined });
      next += 1;
      if ('error' in one) {
        waiting.reject(one.error);
        return [];
      }
      return [{ change: { type: 'put', facts: asked.facts, place: one.place }, waiting }];
    });
  }

  async #commit(ready: readonly Ready[]): Promise<void> {
    const { thread, bodies, onStatus } = this.#options;
    if (ready.length === 0) return;
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
