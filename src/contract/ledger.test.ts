import { expect, it } from 'vitest';
import { encodeLedgerRow, type LedgerRow } from './ledger.ts';
import {
  decodeLedgerAnswer,
  decodeLedgerQuestion,
  type EncodedLedgerAnswer,
  encodeLedgerMessage,
  type LedgerQuestion,
  ledgerAnswerTopic,
  MAX_LEDGER_BYTES,
  MAX_LEDGER_IDS,
} from './ledger-messages.ts';
import { sha256Hex } from './sha256.ts';

const ID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
const ASK = '0123456789abcdef';
const ROW: LedgerRow = {
  seq: 7,
  id: ID,
  device: 'gate-3',
  camera: 'door',
  sha256: sha256Hex(Buffer.from('face')),
  bytes: 40_000,
  quality: 0.75,
  state: 'refused',
  reason: 'damaged',
  sends: 2,
  hasBody: true,
  arrivedAtMs: 1_795_000_000_000,
  settledAtMs: null,
};

it.each<LedgerQuestion>([
  { ask: ASK, about: 'status' },
  { ask: ASK, about: 'hours', camera: 'door', from: '2026-11-21T00', to: '2026-11-21T23', after: 12 },
  { ask: ASK, about: 'entries', device: 'gate-3', ids: [ID], states: ['pending', 'evicted'], after: 0 },
  { ask: ASK, about: 'entries', from: '1970-01-01T00', to: '+010889-08-02T05' },
])('reads the question that it writes: $about', (question) => {
  expect(decodeLedgerQuestion(encodeLedgerMessage(question))).toEqual(question);
});

it('reads the answers that it writes', () => {
  const base = { answer: ASK, by: 'forwarder-gate-3' };
  const hour = {
    device: 'gate-3',
    camera: 'door',
    hour: '2026-11-21T05',
    captured: 3,
    rows: { stored: 1 },
    folded: { stored: 2 },
  };
  const status = { counts: { stored: 3 }, captured: 3, gap: 'unknown' as const, unkept: 0, keepDays: 7 };
  expect(read({ ...base, about: 'entries', entries: [encodeLedgerRow(ROW)], next: 7 })).toEqual({
    ...base,
    about: 'entries',
    entries: [ROW],
    next: 7,
  });
  expect(read({ ...base, about: 'hours', hours: [hour] })).toEqual({ ...base, about: 'hours', hours: [hour] });
  expect(read({ ...base, about: 'status', status })).toEqual({ ...base, about: 'status', status });
});

it('passes over keys that a newer version may add', () => {
  const text = JSON.stringify({ ask: ASK, about: 'status', why: 'new' }).replace(
    '{',
    '{"__proto__":{"about":"hours"},',
  );
  expect(decodeLedgerQuestion(Buffer.from(text))).toEqual({ ask: ASK, about: 'status' });
});

it.each<[string, unknown]>([
  ['no nonce', { about: 'status' }],
  ['a nonce that would be another topic', { ask: 'aaaaaaaa/../+', about: 'status' }],
  ['a wildcard as nonce', { ask: '#', about: 'status' }],
  ['something else to be told about', { ask: ASK, about: 'faces' }],
  ['too many ids', { ask: ASK, about: 'entries', ids: Array(MAX_LEDGER_IDS + 1).fill(ID) }],
  ['an id that is none', { ask: ASK, about: 'entries', ids: ["' OR 1=1"] }],
  ['a camera that is none', { ask: ASK, about: 'hours', camera: '../x' }],
  ['an hour that is none', { ask: ASK, about: 'hours', from: '2026' }],
  ['a state that is none', { ask: ASK, about: 'entries', states: ['lost'] }],
  ['a page before the first', { ask: ASK, about: 'entries', after: -1 }],
  ['a text', 'status'],
  ['a null', null],
])('takes JSON with %s for no question', (_, value) => {
  expect(decodeLedgerQuestion(Buffer.from(JSON.stringify(value)))).toBeUndefined();
});

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['deep brackets', Buffer.alloc(MAX_LEDGER_BYTES, '[')],
  [
    'a question with 64 KB of blanks',
    Buffer.concat([encodeLedgerMessage({ ask: ASK, about: 'status' }), Buffer.alloc(MAX_LEDGER_BYTES, ' ')]),
  ],
])('takes %s for no question and no answer', (_, payload) => {
  expect(decodeLedgerQuestion(payload)).toBeUndefined();
  expect(decodeLedgerAnswer(payload)).toBeUndefined();
});

it('never takes an answer for a question, nor the other way round', () => {
  const question = encodeLedgerMessage({ ask: ASK, about: 'entries' });
  const answer = encodeLedgerMessage({ answer: ASK, by: 'x', about: 'entries', entries: [] });
  expect(decodeLedgerQuestion(answer)).toBeUndefined();
  expect(decodeLedgerAnswer(question)).toBeUndefined();
  expect(ledgerAnswerTopic('face_detection/gate-3/ledger', ASK)).toBe(`face_detection/gate-3/ledger/${ASK}`);
});

it('takes a row of another length for none', () => {
  const answer = { answer: ASK, by: 'x', about: 'entries', entries: [encodeLedgerRow(ROW).slice(1)] };
  expect(decodeLedgerAnswer(Buffer.from(JSON.stringify(answer)))).toBeUndefined();
});

function read(answer: EncodedLedgerAnswer) {
  return decodeLedgerAnswer(encodeLedgerMessage(answer));
}
