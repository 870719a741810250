import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { mintCaptureId } from '../../../contract/capture-id.ts';
import {
  decodeLedgerAnswer,
  encodeLedgerMessage,
  type LedgerAnswer,
  type LedgerQuestion,
  MAX_LEDGER_BYTES,
} from '../../../contract/ledger-messages.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { createLog } from '../../../platform/log.ts';
import type {
  EntryQuery,
  HourCounts,
  LedgerEntry,
  LedgerScope,
  SpoolStatus,
} from '../../../platform/spool/protocol.ts';
import type { LedgerSpool } from './ledger-answers.ts';
import { LedgerDesk } from './ledger-desk.ts';

const TOPIC = 'face_detection/gate-3/ledger';
const NO_COUNTS = { pending: 0, held: 0, stored: 0, refused: 0, evicted: 0, released: 0 };
const LONG = 'x'.repeat(48);
const ENTRIES = Array.from({ length: 1000 }, (_, index) => entry(index + 1));
const HOURS = Array.from(
  { length: 1000 },
  (_, index): HourCounts => ({
    device: LONG,
    camera: LONG,
    hour: `${1000 + index}-11-21T05`,
    captured: 1,
    rows: NO_COUNTS,
    folded: { ...NO_COUNTS, stored: 1 },
  }),
);

const desks: LedgerDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.stop();
});

it('answers a question on a topic of its own, with how the whole ledger stands', async () => {
  const { ask, published } = desk();
  const answer = await ask({ ask: 'aaaaaaaa', about: 'status' });
  expect(answer).toEqual({
    answer: 'aaaaaaaa',
    by: 'forwarder-1',
    about: 'status',
    status: { counts: { ...NO_COUNTS, stored: 1000 }, captured: 1000, gap: 0, unkept: 3, keepDays: 7 },
  });
  expect(published[0]?.topic).toBe(`${TOPIC}/aaaaaaaa`);
});

it('gives rows a page at a time, each within its limit, every row once', async () => {
  const { ask, published } = desk();
  const rows: LedgerEntry[] = [];
  let next: number | undefined = 0;
  for (let page = 0; next !== undefined; page += 1) {
    const answer = await ask({ ask: `page${10_000 + page}`, about: 'entries', after: next });
    if (answer?.about !== 'entries') throw new Error('Expected entries');
    rows.push(...answer.entries);
    next = answer.next;
  }
  expect(rows).toEqual(ENTRIES);
  expect(published.length).toBeGreaterThan(2);
  for (const { payload } of published) expect(payload.length).toBeLessThanOrEqual(MAX_LEDGER_BYTES);
});

it('gives hours a page at a time, without the states that have none', async () => {
  const { ask } = desk();
  const first = await ask({ ask: 'aaaaaaaa', about: 'hours' });
  if (first?.about !== 'hours') throw new Error('Expected hours');
  expect(first.hours[0]).toEqual({ ...HOURS[0], rows: {}, folded: { stored: 1 } });
  expect(first.next).toBe(first.hours.length);
  const second = await ask({ ask: 'bbbbbbbb', about: 'hours', after: first.next });
  expect(second?.about === 'hours' && second.hours[0]?.hour).toBe(HOURS[first.hours.length]?.hour);
});

it('hands on what is asked for; on another device’s topic, of that one alone', async () => {
  const { ask, asked } = desk();
  await ask({
    ask: 'aaaaaaaa',
    about: 'entries',
    device: 'gate-4',
    camera: 'door',
    from: '2026-11-21T05',
    to: '2026-11-21T06',
    states: ['pending'],
    after: 3,
  });
  await ask({ ask: 'bbbbbbbb', about: 'entries', device: 'gate-4' }, 'face_detection/gate-5/ledger');
  expect(asked).toEqual([
    {
      device: 'gate-4',
      camera: 'door',
      fromHour: '2026-11-21T05',
      toHour: '2026-11-21T06',
      states: ['pending'],
      after: 3,
      limit: 400,
    },
    { device: 'gate-5', after: 0, limit: 400 },
  ]);
});

it('never answers what is retained, no question, or too much at once', async () => {
  const { made, published, ask } = desk();
  const message = { topic: TOPIC, qos: 1, retain: false, duplicate: false } as const;
  expect(made.receive({ ...message, payload: Buffer.from('x'), topic: 'face_detection/gate-3/receipts' })).toBe(false);
  expect(made.receive({ ...message, payload: Buffer.from('x'), topic: 'elsewhere' })).toBe(false);
  expect(made.receive({ ...message, payload: Buffer.from('rubbish') })).toBe(true);
  expect(
    made.receive({ ...message, payload: encodeLedgerMessage({ ask: 'retained', about: 'status' }), retain: true }),
  ).toBe(true);
  for (let index = 0; index < 1000; index += 1)
    made.receive({ ...message, payload: encodeLedgerMessage({ ask: `flood${1000 + index}`, about: 'status' }) });
  await eventually(
    () => published.length,
    (count) => count >= 17,
  );
  await ask({ ask: 'afterwards', about: 'status' });
  expect(published.length).toBe(18);
});

it('goes on after a spool that could not be read and a broker that was away', async () => {
  const faults = { spool: true, broker: true };
  const { ask, made } = desk(faults);
  made.receive({
    topic: TOPIC,
    payload: encodeLedgerMessage({ ask: 'aaaaaaaa', about: 'entries' }),
    qos: 1,
    retain: false,
    duplicate: false,
  });
  await eventually(
    () => faults.spool,
    (isFaulty) => !isFaulty,
  );
  made.receive({
    topic: TOPIC,
    payload: encodeLedgerMessage({ ask: 'bbbbbbbb', about: 'status' }),
    qos: 1,
    retain: false,
    duplicate: false,
  });
  await eventually(
    () => faults.broker,
    (isFaulty) => !isFaulty,
  );
  expect(await ask({ ask: 'cccccccc', about: 'status' })).toBeDefined();
});

/** A desk of a spool of a thousand rows; `faults` happen once each. */
function desk(faults = { spool: false, broker: false }) {
  const asked: (EntryQuery | LedgerScope)[] = [];
  const published: { topic: string; payload: Buffer }[] = [];
  const spool: LedgerSpool = {
    status: {
      counts: { ...NO_COUNTS, stored: 1000 },
      captured: 1000,
      gap: 0,
      unkept: 3,
      pendingBytes: 5,
    } as SpoolStatus,
    async entries(query: EntryQuery) {
      if (faults.spool) {
        faults.spool = false;
        throw new Error('the disk is gone');
      }
      asked.push(query);
      const entries = ENTRIES.filter(({ seq }) => seq > (query.after ?? 0)).slice(0, query.limit);
      return { entries, next: entries.length < query.limit ? undefined : entries.at(-1)?.seq };
    },
    async hours(scope: LedgerScope) {
      asked.push(scope);
      return HOURS;
    },
  };
  const made = new LedgerDesk({
    prefix: 'face_detection',
    device: 'gate-3',
    instance: 'forwarder-1',
    keepDays: 7,
    spool,
    log: createLog({ level: 'silent', format: 'json' }),
    async publish(topic, payload) {
      if (faults.broker) {
        faults.broker = false;
        throw new Error('no connection');
      }
      published.push({ topic, payload });
    },
  });
  desks.push(made);
  const ask = async (question: LedgerQuestion, topic = TOPIC): Promise<LedgerAnswer | undefined> => {
    made.receive({ topic, payload: encodeLedgerMessage(question), qos: 1, retain: false, duplicate: false });
    const answered = () => published.find((message) => message.topic === `${topic}/${question.ask}`);
    await eventually(answered, (found) => found !== undefined);
    return decodeLedgerAnswer(answered()?.payload ?? Buffer.alloc(0));
  };
  return { made, asked, published, ask };
}

function entry(seq: number): LedgerEntry {
  return {
    seq,
    id: mintCaptureId(new Date(1_795_000_000_000)),
    device: seq % 2 ? LONG : 'a',
    camera: seq % 2 ? LONG : 'b',
    sha256: sha256Hex(Buffer.from(String(seq))),
    bytes: 40_000,
    quality: 0.123456789012345,
    state: 'stored',
    reason: null,
    sends: 1,
    hasBody: false,
    arrivedAtMs: 1_795_000_000_000.123,
    settledAtMs: 1_795_000_000_000,
  };
}
