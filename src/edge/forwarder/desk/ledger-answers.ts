import { encodeLedgerRow, type LedgerHour } from '../../../contract/ledger.ts';
import type { EncodedLedgerAnswer, LedgerQuestion } from '../../../contract/ledger-messages.ts';
import type { LedgerScope, StateCounts } from '../../../platform/spool/protocol.ts';
import type { Spool } from '../../../platform/spool/spool.ts';

/** What an answer has room for beside its rows: MAX_LEDGER_BYTES is the whole. */
const MAX_ROWS_BYTES = 60 * 1024;
/** The shortest rows fill a page with so many. */
const ROWS_AT_ONCE = 400;

export type LedgerSpool = Pick<Spool, 'status' | 'entries' | 'hours'>;

export interface LedgerAnswersOptions {
  readonly spool: LedgerSpool;
  readonly instance: string;
  readonly keepDays: number;
}

/**
 * What a spool answers to an auditor's question: one page, whatever the question.
 * @param device Only this device's captures; undefined: of all that the spool holds.
 */
export async function answerOf(
  { spool, instance, keepDays }: LedgerAnswersOptions,
  question: LedgerQuestion,
  device: string | undefined,
): Promise<EncodedLedgerAnswer> {
  const base = { answer: question.ask, by: instance };
  if (question.about === 'status') {
    const { counts, captured, gap, unkept } = spool.status;
    return { ...base, about: 'status', status: { counts: { ...counts }, captured, gap, unkept, keepDays } };
  }
  const scope = scopeOf(question, device);
  const { after = 0 } = question;
  if (question.about === 'hours') {
    const hours = (await spool.hours(scope)).slice(after).map(toHour);
    const { fitting, isCut } = fill(hours);
    return { ...base, about: 'hours', hours: fitting, ...(isCut ? { next: after + fitting.length } : {}) };
  }
  const { ids, states } = question;
  const page = await spool.entries({
    ...scope,
    after,
    limit: ROWS_AT_ONCE,
    ...(ids ? { ids } : {}),
    ...(states ? { states } : {}),
  });
  const { fitting, isCut } = fill(page.entries.map(encodeLedgerRow));
  const next = isCut ? fitting.at(-1)?.[0] : page.next;
  return { ...base, about: 'entries', entries: fitting, ...(next === undefined ? {} : { next }) };
}

function scopeOf(question: Exclude<LedgerQuestion, { about: 'status' }>, own: string | undefined): LedgerScope {
  const { camera, from, to } = question;
  const device = own ?? question.device;
  return {
    ...(device === undefined ? {} : { device }),
    ...(camera === undefined ? {} : { camera }),
    ...(from === undefined ? {} : { fromHour: from }),
    ...(to === undefined ? {} : { toHour: to }),
  };
}

/** As many as a page has room for. */
function fill<Row>(rows: readonly Row[]): { fitting: Row[]; isCut: boolean } {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    return bytes > MAX_ROWS_BYTES;
  });
  return end < 0 ? { fitting: [...rows], isCut: false } : { fitting: rows.slice(0, end), isCut: true };
}

function toHour({ rows, folded, ...hour }: LedgerHour): LedgerHour {
  return { ...hour, rows: withoutZeros(rows), folded: withoutZeros(folded) };
}

function withoutZeros(counts: Partial<StateCounts>): Partial<StateCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
