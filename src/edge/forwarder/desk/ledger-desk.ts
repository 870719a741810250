import {
  decodeLedgerQuestion,
  encodeLedgerMessage,
  type LedgerQuestion,
  ledgerAnswerTopic,
} from '../../../contract/ledger-messages.ts';
import { deviceTopic, parseTopic } from '../../../contract/topics.ts';
import { pause } from '../../../platform/backoff.ts';
import type { Log } from '../../../platform/log.ts';
import type { Message } from '../../../platform/mqtt/connection.ts';
import { errorMessage } from '../../../platform/sightline-error.ts';
import { answerOf, type LedgerSpool } from './ledger-answers.ts';

/** Questions that wait; who asks more than that asks again later by itself. */
const MAX_WAITING = 16;

export interface LedgerDeskOptions {
  readonly prefix: string;
  /** Whose forwarder this is: here the whole spool is spoken of, on other devices' topics theirs alone. */
  readonly device: string;
  readonly instance: string;
  readonly spool: LedgerSpool;
  readonly keepDays: number;
  /** Resolves when the cloud broker has it. */
  readonly publish: (topic: string, payload: Buffer) => Promise<void>;
  readonly log: Log;
}

/**
 * Answers auditors over the cloud broker. It tells and changes nothing. One question at a time, and after each as long a rest as the
 * answer took: captures share the spool and the line.
 */
export class LedgerDesk {
  readonly #options: LedgerDeskOptions;
  readonly #stopping = new AbortController();
  readonly #waiting: { topic: string; question: LedgerQuestion }[] = [];
  #working: Promise<void> | undefined;

  constructor(options: LedgerDeskOptions) {
    this.#options = options;
  }

  /** Where questions come: to be subscribed on the cloud broker. */
  filterOf(device: string): string {
    return deviceTopic(this.#options.prefix, device, 'ledger');
  }

  /** Returns false for what was not for it. Never waits. */
  receive({ topic, payload, retain }: Message): boolean {
    if (!this.#isLedgerTopic(topic)) return false;
    const question = retain ? undefined : decodeLedgerQuestion(payload);
    if (!question || this.#stopping.signal.aborted || this.#waiting.length >= MAX_WAITING) return true;
    // An auditor that heard nothing asks again: one answer serves.
    if (this.#waiting.some((waiting) => waiting.question.ask === question.ask)) return true;
    this.#waiting.push({ topic, question });
    this.#working ??= this.#work();
    return true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waiting.length = 0;
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const startedAt = performance.now();
      await this.#answer(next.topic, next.question);
      await pause(performance.now() - startedAt, signal);
    }
    this.#working = undefined;
  }

  async #answer(topic: string, question: LedgerQuestion): Promise<void> {
    const { prefix, device: own, publish, log } = this.#options;
    try {
      const { device } = parseTopic(prefix, topic) as { device: string };
      const answer = await answerOf(this.#options, question, device === own ? undefined : device);
      await publish(ledgerAnswerTopic(topic, question.ask), encodeLedgerMessage(answer));
    } catch (error) {
      // The auditor asks again, or says that nobody answers.
      log.debug({ about: question.about, reason: errorMessage(error) }, 'ledger question not answered');
    }
  }

  #isLedgerTopic(topic: string): boolean {
    try {
      return parseTopic(this.#options.prefix, topic).type === 'ledger';
    } catch {
      return false;
    }
  }
}
