import { SightlineError } from '../sightline-error.ts';
import { BodyPlacer } from './body-placer.ts';
import { BodyReader, type Damaged } from './body-reader.ts';
import { BodyStore } from './body-store.ts';
import { GroupCommit } from './group-commit.ts';
import type {
  EntryPage,
  EntryQuery,
  HourCounts,
  LedgerScope,
  PendingQuery,
  PutResult,
  Settlement,
  SpoolCapture,
  SpooledCapture,
  SpoolSettings,
  SpoolStatus,
} from './protocol.ts';
import { RecentBodies } from './recent-bodies.ts';
import { type SalvageReport, salvage } from './salvage.ts';
import { SpoolThreadClient } from './spool-thread-client.ts';
import type { IndexStatus, SpoolEvent } from './thread-protocol.ts';

const TIDY_EVERY_MS = 15_000;
const FOLD_EVERY_MS = 3_600_000;

interface Opened {
  readonly bodies: BodyStore;
  readonly changes: GroupCommit;
  readonly reader: BodyReader;
}

export interface SpoolEvents {
  readonly onDamaged?: (damaged: Damaged) => void;
  /** The index was found to be unreadable, or older, or gone, now or at the start. The promise ends with all that was taken over. */
  readonly onSalvage?: (salvaged: Promise<SalvageReport>) => void;
}

/**
 * A durable keeper of captures: bodies in a file of blocks, written and synced here; rows in SQLite, in a thread of its own. Each
 * promise resolves only after its change is on disk.
 */
export class Spool {
  readonly #settings: SpoolSettings;
  readonly #events: SpoolEvents;
  readonly #thread = new SpoolThreadClient();
  readonly #recent = new RecentBodies();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopping = new AbortController();
  #salvaged: Promise<SalvageReport> | undefined;
  #opened: Opened | undefined;
  #status: IndexStatus | undefined;
  #closed: SpoolStatus | undefined;

  constructor(settings: SpoolSettings, events: SpoolEvents = {}) {
    this.#settings = settings;
    this.#events = events;
  }

  /**
   * Opens the spool. What an unreadable index leaves, or one of an older layout, is taken over in the background: see `salvaged`.
   * @throws SightlineError when the folder can't be written, another process has it, or a newer version wrote it.
   */
  async start(): Promise<void> {
    const { status, extents, isSalvaging } = await this.#thread.start(this.#settings, (event) => this.#heard(event));
    this.#status = status;
    try {
      const bodies = await BodyStore.open(this.#settings, extents, isSalvaging);
      const onStatus = (latest: IndexStatus) => {
        this.#status = latest;
      };
      const placer = new BodyPlacer(bodies, this.#thread);
      const changes = new GroupCommit({ thread: this.#thread, bodies, placer, onStatus });
      const reader = new BodyReader({
        ...{ bodies, recent: this.#recent, onDamaged: this.#events.onDamaged ?? (() => undefined) },
        settle: async (settlement) => void (await this.settle([settlement])),
      });
      this.#opened = { bodies, changes, reader };
    } catch (error) {
      await this.#thread.stop();
      throw error;
    }
    // A disk that is full now has another hour: nothing depends on either.
    this.#timers.push(setInterval(() => void this.#tidy().catch(() => undefined), TIDY_EVERY_MS));
    this.#timers.push(setInterval(() => void this.#fold().catch(() => undefined), FOLD_EVERY_MS));
    if (isSalvaging) this.#beginSalvage();
  }

  /** Resolves once an older index is taken over; undefined where there was none. Until then the gap is unknown. */
  get salvaged(): Promise<SalvageReport> | undefined {
    return this.#salvaged;
  }

  /** As of the last transaction, also once it is closed. */
  get status(): SpoolStatus {
    if (this.#closed) return this.#closed;
    if (!this.#status) throw new Error('Expected the spool to be started');
    const { usedBytes, isDiskFull } = this.#open.bodies;
    return { ...this.#status, usedBytes, isDiskFull };
  }

  /**
   * Keeps a capture. Resolves when it is on disk.
   * @throws SpoolFullError when there is no room and nothing less worthy; the disk's error; then it is not kept.
   */
  async put({ body, ...facts }: SpoolCapture): Promise<PutResult> {
    const result = await this.#open.changes.change<PutResult>({
      type: 'put',
      facts: { ...facts, bytes: body.length },
      body,
    });
    if (result.outcome === 'kept' && result.state === 'pending') this.#recent.set(facts.id, body);
    return result;
  }

  /** Ends the custody of captures. Says of each whether that changed anything: not when its row says otherwise (unknown, other bytes, settled before). */
  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const { changes } = this.#open;
    const settled = await Promise.all(
      settlements.map((settlement) => changes.change<boolean>({ type: 'settle', settlement })),
    );
    for (const { id } of settlements) this.#recent.delete(id);
    return settled;
  }

  async markSent(ids: readonly string[]): Promise<void> {
    await this.#open.changes.change({ type: 'sent', ids });
  }

  /** Pending captures with their bodies. A body that is not what it was is settled as refused, and left out. */
  async pending(query: PendingQuery): Promise<readonly SpooledCapture[]> {
    for (let rest = query; ; ) {
      const rows = await this.#thread.ask('pending', { query: rest });
      const whole = await this.#open.reader.whole(rows);
      const last = rows.at(-1);
      // Where all of a stretch is lost there may be more behind it.
      if (whole.length > 0 || !last || 'ids' in rest) return whole;
      rest = { ...rest, after: last.seq };
    }
  }

  /** Devices of which something is pending. */
  async devices(): Promise<readonly string[]> {
    return this.#thread.ask('devices', {});
  }

  async entries(query: EntryQuery): Promise<EntryPage> {
    return this.#thread.ask('entries', { query });
  }

  async hours(scope: LedgerScope): Promise<readonly HourCounts[]> {
    return this.#thread.ask('hours', { scope });
  }

  /** A capture's bytes, pending or in quarantine; undefined when they are gone, or not what they were. */
  async body(id: string): Promise<Buffer | undefined> {
    const row = await this.#thread.ask('place', { id });
    return row && this.#open.reader.read(row);
  }

  /** Makes refused captures pending again, where their bytes are still there. Returns how many. */
  async retry(ids: readonly string[]): Promise<number> {
    return this.#open.changes.change<number>({ type: 'retry', ids });
  }

  /** Gives captures up for the operator: they count as evicted, and their bytes are overwritten. Returns how many. */
  async drop(ids: readonly string[]): Promise<number> {
    const { bodies } = this.#open;
    const { results, freed, status } = await this.#thread.ask('commit', { changes: [{ type: 'drop', ids }] });
    this.#status = status;
    for (const id of ids) this.#recent.delete(id);
    // Before the blocks are free for others.
    await bodies.overwrite(freed);
    bodies.release(freed);
    return Number(results[0]);
  }

  /** Counts all rows anew and compares them with what was captured. */
  async recount(): Promise<SpoolStatus> {
    this.#status = await this.#thread.ask('recount', {});
    return this.status;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#stopping.abort();
    await this.#salvaged?.catch(() => undefined);
    await this.#opened?.changes.idle();
    await this.#thread.stop();
    if (!this.#opened) return;
    this.#closed = this.status;
    await this.#opened.bodies.close();
    this.#opened = undefined;
  }

  get #open(): Opened {
    if (!this.#opened) throw new Error('Expected the spool to be open, got one that was closed or never started');
    return this.#opened;
  }

  #heard(event: SpoolEvent): void {
    if (event.event === 'lost') throw new SightlineError(event.reason);
    this.#status = event.opened.status;
    this.#opened?.bodies.hold();
    this.#beginSalvage();
  }

  #beginSalvage(): void {
    this.#salvaged = this.#salvage();
    // The spool works meanwhile, and the next start goes on.
    this.#salvaged.catch(() => undefined);
    this.#events.onSalvage?.(this.#salvaged);
  }

  async #salvage(): Promise<SalvageReport> {
    const { bodies } = this.#open;
    const { signal } = this.#stopping;
    const report = await salvage({
      ...{ folder: this.#settings.folder, bodies, spool: this, signal },
      adopt: async (request) => {
        this.#status = await this.#thread.ask('adopt', request);
        return this.#status;
      },
    });
    const { status, extents } = await this.#thread.ask('salvaged', {});
    bodies.endHold(extents);
    this.#status = status;
    return report;
  }

  async #tidy(): Promise<void> {
    await this.#opened?.bodies.tidy();
  }

  async #fold(): Promise<void> {
    const { freed, status } = await this.#thread.ask('fold', {});
    this.#opened?.bodies.release(freed);
    this.#status = status;
  }
}
