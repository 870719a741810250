import type { Courier } from '../../src/platform/delivery/courier.ts';
import type { Broker } from './broker.ts';
import { carrier, type Load } from './carrier.ts';
import { ServiceLink } from './service-link.ts';
import { type Row, SpoolModel } from './spool-model.ts';
import type { Image, Message, Receipt, World } from './world.ts';

const NAME = 'forwarder';

export interface ForwarderOptions {
  readonly maxPending: number;
  /** Whether each connection begins with the oldest, or goes on where the last one ended. */
  readonly beginsAnew: boolean;
  readonly isPersistent: boolean;
}

/** The second keeper: a spool that outlives it, and all the rest in memory. */
export class Forwarder {
  readonly spool: SpoolModel;
  readonly #world: World;
  readonly #edge: Broker;
  readonly #cloud: Broker;
  readonly #options: ForwarderOptions;
  /** Counts its processes: what an earlier one began, it can't end. */
  #life = 0;
  #isRunning = false;
  #links: ServiceLink[] = [];
  #courier: Courier<Load> | undefined;
  /** Ids to be offered: what comes now before what is older, in shares. */
  #live: string[] = [];
  #backlog: string[] = [];
  #turn = 0;

  constructor(world: World, edge: Broker, cloud: Broker, options: ForwarderOptions) {
    this.#world = world;
    this.#edge = edge;
    this.#cloud = cloud;
    this.#options = options;
    this.spool = new SpoolModel(world, options.maxPending);
  }

  start(): void {
    this.#isRunning = true;
    const life = this.#life;
    const { isPersistent, beginsAnew } = this.#options;
    this.#beginAnew();
    const cloud = new ServiceLink(
      this.#cloud,
      {
        name: NAME,
        topics: ['receipts'],
        isPersistent: false,
        onMessage: (message, acknowledge) => {
          acknowledge();
          void this.#believe(message, life);
        },
      },
      () => {
        if (beginsAnew) this.#beginAnew();
        courier.wake();
      },
      () => courier.cut(),
    );
    const courier = carrier(this.#world, {
      link: cloud,
      next: () => this.#next(life),
      onReturned: (ids, why) => {
        if (life !== this.#life || (why === 'cut' && beginsAnew)) return;
        this.#backlog.push(...ids);
      },
      onFailed: (id) => {
        if (!this.#world.isBroken('what is cut three times is refused')) return;
        const row = this.spool.rows.get(id);
        if (row) this.spool.settle(id, row.image.sha256, 'refused', 'too-large');
      },
    });
    const edge = new ServiceLink(this.#edge, {
      name: NAME,
      topics: ['captures'],
      isPersistent,
      onMessage: (message, acknowledge) => {
        acknowledge();
        if (message.topic === 'captures') void this.#take(message.image, life);
      },
    });
    const bare = new ServiceLink(this.#edge, {
      name: `${NAME}-bare`,
      topics: ['bare'],
      isPersistent: true,
      onMessage: (message, acknowledge) => {
        if (this.#world.isBroken('a bare image is acknowledged before the commit')) acknowledge();
        if (message.topic === 'bare') void this.#takeBare(message.image, life, acknowledge);
      },
    });
    this.#courier = courier;
    this.#links = [edge, bare, cloud];
    courier.start();
    for (const link of this.#links) link.start();
  }

  crash(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#life += 1;
    for (const link of this.#links) link.kill();
    void this.#courier?.stop();
    this.#courier = undefined;
    this.#world.time.after(this.#world.random.between(100, 10_000), () => this.start());
  }

  async #take(image: Image, life: number): Promise<void> {
    if (this.#world.isBroken('held before the commit')) this.#say('held', image);
    if (!(await this.#step(life))) return;
    let put: ReturnType<SpoolModel['put']>;
    try {
      put = this.spool.put(image);
    } catch {
      return;
    }
    if (put.outcome !== 'conflict') this.#world.committed.add(image.id);
    this.#world.promise(image);
    if (put.outcome === 'kept' && put.row.state === 'pending') this.#live.push(put.row.image.id);
    this.#courier?.wake();
    if (!(await this.#step(life))) return;
    if (put.outcome === 'conflict') return this.#say('refused', image, 'conflict');
    const { state, reason } = put.row;
    this.#say(state === 'stored' || state === 'refused' ? state : 'held', image, reason);
  }

  async #takeBare(image: Image, life: number, acknowledge: () => void): Promise<void> {
    if (!(await this.#step(life))) return;
    let put: ReturnType<SpoolModel['putBare']>;
    try {
      put = this.spool.putBare(image);
    } catch {
      // Its slot stays taken, and the broker offers it again on the next connection.
      this.#world.time.after(5_000, () => life === this.#life && this.#links[1]?.reconnect());
      return;
    }
    this.#world.committed.add(put.row.image.id);
    if (put.outcome === 'kept') this.#live.push(put.row.image.id);
    this.#courier?.wake();
    if (await this.#step(life)) acknowledge();
  }

  /** A receipt from the next keeper, for what is ours. */
  async #believe(message: Message, life: number): Promise<void> {
    if (message.topic !== 'receipts') return;
    const { state, by, captures, reason } = message.receipt;
    if (message.isRetained && !this.#world.isBroken('retained receipts are believed')) return;
    const isOwn = by === NAME || state === 'held';
    if (isOwn && !this.#world.isBroken('receipts from itself are believed')) return;
    if (!(await this.#step(life))) return;
    for (const [id, sha256] of captures) {
      if (this.spool.settle(id, sha256, state === 'refused' ? 'refused' : 'stored', reason))
        this.#courier?.receipted(id);
    }
  }

  #beginAnew(): void {
    this.#live = [];
    this.#backlog = this.spool.pending.map(({ image }) => image.id);
  }

  async #next(life: number): Promise<Load | undefined> {
    for (;;) {
      if (life !== this.#life) return undefined;
      this.#turn += 1;
      const lanes = this.#turn % 10 < 3 ? [this.#backlog, this.#live] : [this.#live, this.#backlog];
      const id = lanes[0]?.shift() ?? lanes[1]?.shift();
      if (id === undefined) return undefined;
      const row: Row | undefined = this.spool.read(id);
      if (!row) continue;
      row.sends += 1;
      return { id, bytes: row.image.bytes, isFirst: row.sends === 1, image: row.image };
    }
  }

  /** Time passes, and the process may die meanwhile. */
  async #step(life: number): Promise<boolean> {
    await this.#world.delay(1, 200);
    if (life === this.#life && this.#world.fails(0.01)) this.crash();
    return life === this.#life;
  }

  #say(state: Receipt['state'], image: Image, reason = ''): void {
    const receipt: Receipt = { state, captures: [[image.id, image.sha256]], by: NAME, reason };
    void this.#links[0]?.publish({ topic: 'receipts', receipt, isRetained: false, bytes: 200 }).catch(() => undefined);
  }
}
