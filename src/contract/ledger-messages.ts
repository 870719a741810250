import { z } from 'zod';
import {
  captureIdSchema,
  hourSchema,
  LEDGER_STATES,
  ledgerHourSchema,
  ledgerRowSchema,
  ledgerStatusSchema,
  nameSchema,
} from './ledger.ts';

/** Of a question and of an answer. */
export const MAX_LEDGER_BYTES = 64 * 1024;
/** Ids in one question. */
export const MAX_LEDGER_IDS = 200;

/** Names one question, and is the last level of its answer's topic. */
const ask = z.string().regex(/^[a-z0-9]{8,64}$/);
const scope = {
  device: nameSchema.optional(),
  camera: nameSchema.optional(),
  from: hourSchema.optional(),
  to: hourSchema.optional(),
};

const questionSchema = z.discriminatedUnion('about', [
  z.object({ ask, about: z.literal('status') }),
  z.object({
    ask,
    about: z.literal('entries'),
    ...scope,
    ids: z.array(captureIdSchema).min(1).max(MAX_LEDGER_IDS).optional(),
    states: z.array(z.enum(LEDGER_STATES)).min(1).max(LEDGER_STATES.length).optional(),
    after: z.int().min(0).optional(),
  }),
  z.object({ ask, about: z.literal('hours'), ...scope, after: z.int().min(0).optional() }),
]);

const answerSchema = z.discriminatedUnion('about', [
  z.object({ answer: ask, by: z.string().min(1).max(200), about: z.literal('status'), status: ledgerStatusSchema }),
  z.object({
    answer: ask,
    by: z.string().min(1).max(200),
    about: z.literal('entries'),
    entries: z.array(ledgerRowSchema),
    /** To be the next question's `after`; left out: there are no more. */
    next: z.int().min(0).optional(),
  }),
  z.object({
    answer: ask,
    by: z.string().min(1).max(200),
    about: z.literal('hours'),
    hours: z.array(ledgerHourSchema),
    next: z.int().min(0).optional(),
  }),
]);

/** What an auditor asks of a ledger; hours inclusive. One question, one answer: the next page is another question. */
export type LedgerQuestion = z.infer<typeof questionSchema>;
/** What a ledger answers: a page of at most 64 KiB. */
export type LedgerAnswer = z.infer<typeof answerSchema>;
/** As it is on the wire. */
export type EncodedLedgerAnswer = z.input<typeof answerSchema>;

/** Where the answer to one question goes: below the topic of the questions, so that a device never hears its own. */
export function ledgerAnswerTopic(questionTopic: string, nonce: string): string {
  return `${questionTopic}/${nonce}`;
}

export function encodeLedgerMessage(message: LedgerQuestion | EncodedLedgerAnswer): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** Undefined for anything that is no question; unknown keys are passed over. */
export function decodeLedgerQuestion(payload: Uint8Array): LedgerQuestion | undefined {
  return decode(questionSchema, payload);
}

/** Undefined for anything that is no answer; unknown keys are passed over. */
export function decodeLedgerAnswer(payload: Uint8Array): LedgerAnswer | undefined {
  return decode(answerSchema, payload);
}

function decode<Message>(schema: z.ZodType<Message>, payload: Uint8Array): Message | undefined {
  if (payload.byteLength > MAX_LEDGER_BYTES) return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
