import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { objectKey } from '../../src/contract/object-key.ts';
import { encodeReceipt, type ReceiptState } from '../../src/contract/receipts.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureFilter, parseTopic } from '../../src/contract/topics.ts';
import { connectClient, type TestClient } from '../support/mqtt-client.ts';

const PREFIX = 'face_detection';

/** What a rogue does with the n-th capture that it sees for the first time. */
export type Misdeed = 'nothing wrong' | 'drops it' | 'stores it twice' | 'changes a bit';

/**
 * An image-processor that keeps every rule but one, on purpose: the checker must see it. `stores it twice` is what a store without
 * idempotence does: the receipt of the first time is lost, the capture comes again, and gets a key of its own.
 */
export class RogueProcessor {
  readonly #url: string;
  readonly #store: string;
  readonly #misdeeds: readonly Misdeed[];
  readonly #seen = new Map<string, { readonly misdeed: Misdeed; times: number }>();
  #client: TestClient | undefined;

  /** @param misdeeds of the first captures, in order; all after them are treated well */
  constructor(url: string, store: string, misdeeds: readonly Misdeed[]) {
    this.#url = url;
    this.#store = store;
    this.#misdeeds = misdeeds;
  }

  async start(): Promise<void> {
    this.#client = await connectClient(this.#url);
    this.#client.client.on('message', (topic, payload) => this.#take(topic, payload));
    await this.#client.client.subscribeAsync(captureFilter(PREFIX), { qos: 1 });
  }

  stop(): void {
    this.#client?.client.end(true);
  }

  #take(topic: string, bytes: Buffer): void {
    const address = parseTopic(PREFIX, topic);
    if (address.type !== 'capture') return;
    const { device, id } = address;
    const seen = this.#seen.get(id) ?? { misdeed: this.#misdeeds[this.#seen.size] ?? 'nothing wrong', times: 0 };
    this.#seen.set(id, { ...seen, times: seen.times + 1 });
    const path = join(this.#store, objectKey(address, 'png'));
    mkdirSync(dirname(path), { recursive: true });
    const { misdeed, times } = seen;
    if (misdeed === 'changes a bit') {
      const changed = Buffer.from(bytes);
      changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
      writeFileSync(path, changed);
    } else if (misdeed === 'stores it twice')
      writeFileSync(times === 0 ? path : path.replace('.png', `-${times}.png`), bytes);
    else if (misdeed === 'nothing wrong') writeFileSync(path, bytes);
    if (misdeed !== 'stores it twice' || times > 0) {
      const receipt = { state: 'stored' as const, captures: [[id, sha256Hex(bytes)] as [string, string]], by: 'rogue' };
      this.#client?.client.publish(`${PREFIX}/${device}/receipts`, encodeReceipt(receipt), { qos: 1 });
    }
  }
}

/** A forwarder that says `held` as soon as it sees a capture and keeps nothing: acknowledged before the commit, and then dead. */
export class RogueForwarder {
  readonly #url: string;
  readonly #state: ReceiptState;
  #client: TestClient | undefined;

  constructor(url: string, state: ReceiptState = 'held') {
    this.#url = url;
    this.#state = state;
  }

  async start(): Promise<void> {
    this.#client = await connectClient(this.#url);
    const { client } = this.#client;
    client.on('message', (topic, payload) => {
      const address = parseTopic(PREFIX, topic);
      if (address.type !== 'capture') return;
      const captures: [string, string][] = [[address.id, sha256Hex(payload)]];
      client.publish(
        `${PREFIX}/${address.device}/receipts`,
        encodeReceipt({ state: this.#state, captures, by: 'rogue' }),
        { qos: 1 },
      );
    });
    await client.subscribeAsync(captureFilter(PREFIX), { qos: 1 });
  }

  stop(): void {
    this.#client?.client.end(true);
  }
}
