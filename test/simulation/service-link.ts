import { Backoff } from '../../src/platform/backoff.ts';
import type { Broker, Client, Connection } from './broker.ts';
import type { Message } from './world.ts';

/** A service's way to one broker: connects again for ever, until its process dies. */
export class ServiceLink {
  readonly #broker: Broker;
  readonly #client: Omit<Client, 'onLost'>;
  readonly #onUp: () => void;
  readonly #onDown: () => void;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #isOver = false;

  constructor(broker: Broker, client: Omit<Client, 'onLost'>, onUp = () => {}, onDown = () => {}) {
    this.#broker = broker;
    this.#client = client;
    this.#onUp = onUp;
    this.#onDown = onDown;
    this.#backoff = new Backoff({ firstMs: 1_000, maxMs: 60_000, random: () => broker.world.random.next() });
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  start(): void {
    if (this.#isOver) return;
    this.#connection = this.#broker.connect({ ...this.#client, onLost: () => this.#lost() });
    if (!this.#connection) {
      this.#again();
      return;
    }
    this.#broker.world.time.after(5_000, () => this.#connection && this.#backoff.reset());
    this.#onUp();
  }

  /** A new connection: subscriptions may be gone. */
  reconnect(): void {
    this.#connection?.cut();
  }

  async publish(message: Message): Promise<void> {
    if (!this.#connection) throw new Error('cut');
    await this.#connection.publish(message);
  }

  /** The process is gone. */
  kill(): void {
    this.#isOver = true;
    this.#connection?.cut();
  }

  #lost(): void {
    this.#connection = undefined;
    if (this.#isOver) return;
    this.#onDown();
    this.#again();
  }

  #again(): void {
    this.#broker.world.time.after(this.#backoff.next(), () => this.start());
  }
}
