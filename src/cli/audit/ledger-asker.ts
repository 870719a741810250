import { randomBytes } from 'node:crypto';
import {
  decodeLedgerAnswer,
  encodeLedgerMessage,
  type LedgerAnswer,
  type LedgerQuestion,
  ledgerAnswerTopic,
} from '../../contract/ledger-messages.ts';
import { deviceTopic } from '../../contract/topics.ts';
import type { Config } from '../../platform/config/schema.ts';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import type { Log } from '../../platform/log.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { SightlineError } from '../../platform/sightline-error.ts';

/** A question, before it has a name. */
export type Unasked<Question = LedgerQuestion> = Question extends unknown ? Omit<Question, 'ask'> : never;

/** How long each try waits: a page at 64 kbit/s, behind captures, takes its time. */
const TRY_MS = [5_000, 10_000, 20_000, 30_000];
const CONNECT_MS = 10_000;

export interface LedgerAskerOptions {
  readonly config: Config;
  readonly device: string;
  readonly log: Log;
}

/** Asks a device's ledger over the cloud broker, one question at a time, again when no answer comes: answers change nothing. */
export class LedgerAsker {
  readonly topic: string;
  readonly #options: LedgerAskerOptions;
  readonly #statusTopic: string;
  readonly #link: MqttLink;
  readonly #up = Promise.withResolvers<void>();
  #status = 'unknown';
  #waiting: { readonly ask: string; readonly resolve: (answer: LedgerAnswer) => void } | undefined;

  constructor(options: LedgerAskerOptions) {
    this.#options = options;
    const { config, device, log } = options;
    this.topic = deviceTopic(config.topicPrefix, device, 'ledger');
    this.#statusTopic = deviceTopic(config.topicPrefix, device, 'status');
    this.#link = new MqttLink({
      name: 'cloud',
      service: 'audit',
      config: config.cloud,
      clientId: `sightline-audit-${randomBytes(6).toString('hex')}`,
      clean: true,
      log,
      metrics: new Metrics(),
      subscriptions: [
        { filter: ledgerAnswerTopic(this.topic, '+'), qos: 1 },
        { filter: this.#statusTopic, qos: 1 },
      ],
      onMessage: async (message) => this.#receive(message),
      onUp: () => this.#up.resolve(),
    });
  }

  /** @throws SightlineError when the broker can't be reached. */
  async start(signal: AbortSignal): Promise<void> {
    this.#link.start();
    const isUp = await within(
      CONNECT_MS,
      this.#up.promise.then(() => true),
      signal,
    );
    if (isUp) return;
    const { detail = 'no connection' } = this.#link.readiness();
    throw new SightlineError(
      `Expected the cloud broker ${new URL(this.#options.config.cloud.broker).host}, got: ${detail}`,
      {
        hint: 'Give the broker that the device is connected to with cloud.broker or --cloud-broker, and its login.',
        exitCode: EXIT_CODES.environment,
      },
    );
  }

  /** @throws SightlineError when the device does not answer. */
  async ask<About extends LedgerAnswer['about']>(
    question: Unasked & { readonly about: About },
    signal: AbortSignal,
  ): Promise<Extract<LedgerAnswer, { about: About }>> {
    for (const [index, timeoutMs] of TRY_MS.entries()) {
      const ask = randomBytes(12).toString('hex');
      const { promise, resolve } = Promise.withResolvers<LedgerAnswer>();
      this.#waiting = { ask, resolve };
      const payload = encodeLedgerMessage({ ...question, ask } as LedgerQuestion);
      // Without a connection the wait lasts until there is one again, or this try is over.
      await this.#link.publish(this.topic, payload, { qos: 1 }).catch(() => undefined);
      const answer = await within(timeoutMs, promise, signal);
      if (answer?.about === question.about) return answer as Extract<LedgerAnswer, { about: About }>;
      // A device that was ever connected has a status on the broker, retained.
      if (this.#status === 'offline' || (this.#status === 'unknown' && index > 0)) break;
    }
    throw this.#silence();
  }

  /** Publishes beside the questions. @throws LinkDownError */
  async publish(topic: string, payload: Buffer): Promise<void> {
    await this.#link.publish(topic, payload, { qos: 1 });
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }

  #receive({ topic, payload, retain }: Message): void {
    if (topic === this.#statusTopic) {
      this.#status = payload.toString('utf8').slice(0, 20);
      return;
    }
    const answer = retain ? undefined : decodeLedgerAnswer(payload);
    if (answer && answer.answer === this.#waiting?.ask) this.#waiting.resolve(answer);
  }

  #silence(): SightlineError {
    const { device, config } = this.#options;
    const isOffline = this.#status === 'offline';
    return new SightlineError(
      `Expected ${device} to answer on ${this.topic}, got nothing; by its status it is ${this.#status}`,
      {
        hint: isOffline
          ? `Its forwarder is not connected to ${new URL(config.cloud.broker).host}: audit it when it is back, or on the device itself.`
          : 'Is this the name of a device with a forwarder? Does the broker let this user publish there, read below it, and the forwarder the other way round?',
        exitCode: EXIT_CODES.environment,
      },
    );
  }
}

/** Undefined when the time is over. @throws the signal's reason. */
async function within<Result>(
  timeoutMs: number,
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  signal.throwIfAborted();
  const { promise: cut, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
