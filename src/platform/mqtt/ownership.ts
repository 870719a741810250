import { randomBytes } from 'node:crypto';
import { Backoff, pause } from '../backoff.ts';
import type { Message } from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import type { Inquiry } from './inquiry.ts';

/** So many closes without a word, each within this time of the next, look like a take-over: MQTT 3.1.1 has no way to say it. */
const SUSPICIOUS_CLOSES = 2;
const SUSPICIOUS_WITHIN_MS = 30_000;
/** A line that breaks all the time shall not be asked after each break. */
const MAX_TOLERANCE = 16;
const ASK_EVERY_MS = 2_000;
/** Enough for an owner that is not busy. */
const GLANCE_MS = 5_000;
/** Our own question is given longer to come back than anybody's answer, or a busy machine would take itself for deaf. */
const DEAF_AFTER = 4;
/** One that is known may have much to send before its answer. */
const GONE_AFTER_MS = 30_000;
const MAX_GONE_AFTER_MS = 300_000;

export interface OwnershipOptions {
  readonly clientId: string;
  /** Where clients of this id ask and answer each other. */
  readonly topic: string;
  /** How long a known owner must be silent to be gone. */
  readonly goneAfterMs?: number;
  /** Connects under this id and subscribes to the topic. Undefined: there is no broker. Throws: the broker does not let us ask. */
  readonly inquire: (clientId: string, onMessage: (message: Message) => void) => Promise<Inquiry | undefined>;
  /** Another one owns the id, or (not certain) all looks like it: told once for each time that we wait. */
  readonly onRival: (isCertain: boolean) => void;
}

type Word = { readonly client: string; readonly from: string; readonly says: 'anybody?' | 'mine' };

/**
 * One owner of a client id. A broker gives an id to whoever comes last and throws the one before out, who comes back at once and does
 * the same. Here the one that is thrown out asks, under another id, whether somebody has it now, and stays away while there is an
 * answer.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  /** Who we are among those with the same id. */
  readonly #name = randomBytes(6).toString('hex');
  readonly #blind = new Backoff({ firstMs: 60_000, maxMs: 300_000 });
  #closes: number[] = [];
  #tolerance = SUSPICIOUS_CLOSES;
  #goneAfterMs: number;
  #isRivalKnown = false;
  #isContested = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#goneAfterMs = options.goneAfterMs ?? GONE_AFTER_MS;
  }

  get topic(): string {
    return this.#options.topic;
  }

  /** Is it to be settled first who has the id? */
  get isContested(): boolean {
    return this.#isContested;
  }

  /** Is another one known to have it? */
  get isRivalKnown(): boolean {
    return this.#isRivalKnown;
  }

  /** A connection under the id has ended. */
  noteEnd({ reason }: ConnectionEnd): void {
    if (reason === 'taken-over') this.#meetRival();
    else if (reason === 'closed-by-broker' || reason === 'reset') {
      const nowMs = performance.now();
      const recentMs = SUSPICIOUS_WITHIN_MS * this.#tolerance;
      this.#closes = [...this.#closes.filter((atMs) => nowMs - atMs < recentMs), nowMs];
      if (this.#closes.length >= this.#tolerance) this.#isContested = true;
    }
  }

  /** As owner: what is to be answered to a message on the topic, if anything. */
  answer(message: Message): string | undefined {
    const word = this.#read(message);
    return word?.says === 'anybody?' ? this.#word('mine') : undefined;
  }

  /** Waits while another one has the id. */
  async settle(signal: AbortSignal): Promise<void> {
    const between = new Backoff({ firstMs: 1_000, maxMs: 15_000 });
    while (this.#isContested && !signal.aborted) {
      const answer = await this.#ask(signal).catch(() => 'not let' as const);
      // Of one who was never heard a broken line is the better explanation.
      if (answer === 'cut' && this.#isRivalKnown) await pause(between.next(), signal);
      else {
        if (answer === 'not let') await this.#waitBlindly(signal);
        // Should it come again: a rival was slow to answer, or there is none.
        else if (this.#isRivalKnown) this.#goneAfterMs = Math.min(2 * this.#goneAfterMs, MAX_GONE_AFTER_MS);
        else this.#tolerance = Math.min(2 * this.#tolerance, MAX_TOLERANCE);
        break;
      }
    }
    this.#closes = [];
    this.#isContested = false;
    this.#isRivalKnown = false;
  }

  /** Asks until nobody answers. `not let`: our own question did not come back either, so silence means nothing. */
  async #ask(signal: AbortSignal): Promise<'nobody' | 'cut' | 'not let'> {
    let isHeard = false;
    let lastAnswerAtMs = performance.now();
    const inquiry = await this.#options.inquire(`${this.#options.clientId}-waiting-${this.#name}`, (message) => {
      isHeard ||= this.#isOwn(message);
      if (this.#read(message)?.says !== 'mine') return;
      lastAnswerAtMs = performance.now();
      this.#meetRival();
    });
    if (!inquiry) return 'cut';
    // Those who wait must not all find out at the same instant.
    const jitter = 1 + 0.5 * Math.random();
    let isCut = false;
    void inquiry.ended.then(() => {
      isCut = true;
    });
    try {
      lastAnswerAtMs = performance.now();
      while (!signal.aborted && !isCut) {
        const patienceMs = this.#isRivalKnown ? this.#goneAfterMs : Math.min(GLANCE_MS, this.#goneAfterMs);
        const silentMs = performance.now() - lastAnswerAtMs;
        if (isHeard && silentMs > patienceMs * jitter) return 'nobody';
        if (silentMs > patienceMs * DEAF_AFTER) return 'not let';
        await inquiry.publish(this.topic, this.#word('anybody?')).catch(() => undefined);
        await pause(Math.min(ASK_EVERY_MS, patienceMs / 4), signal);
      }
      return 'cut';
    } finally {
      await inquiry.end();
    }
  }

  async #waitBlindly(signal: AbortSignal): Promise<void> {
    if (!this.#isRivalKnown) this.#options.onRival(false);
    await pause(this.#blind.next(), signal);
  }

  #meetRival(): void {
    this.#isContested = true;
    if (this.#isRivalKnown) return;
    this.#isRivalKnown = true;
    this.#tolerance = SUSPICIOUS_CLOSES;
    this.#options.onRival(true);
  }

  #word(says: Word['says']): string {
    return JSON.stringify({ client: this.#options.clientId, from: this.#name, says } satisfies Word);
  }

  #isOwn({ payload }: Message): boolean {
    return payload.toString() === this.#word('anybody?');
  }

  /** A word of another one with our id. The topic is open to others: what is something else is passed over. */
  #read({ payload, retain }: Message): Word | undefined {
    if (retain) return undefined;
    try {
      const word = JSON.parse(payload.toString()) as Partial<Word> | null;
      if (word?.client !== this.#options.clientId || word.from === this.#name) return undefined;
      return word as Word;
    } catch {
      return undefined;
    }
  }
}
