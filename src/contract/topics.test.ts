import { expect, it } from 'vitest';
import { MAX_TOPIC_BYTES } from './limits.ts';
import { RefusalError } from './refusal.ts';
import { captureFilter, captureTopic, type DeviceChannel, deviceTopic, parseTopic } from './topics.ts';

const ID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
const PREFIX = 'face_detection';

function refusal(topic: string, prefix = PREFIX): RefusalError {
  try {
    parseTopic(prefix, topic);
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
  throw new Error(`Expected a refusal of ${JSON.stringify(topic.slice(0, 100))}, got none`);
}

it('spells topics as the agreement says', () => {
  expect(captureTopic(PREFIX, { device: 'gate-3', camera: 'door', id: ID })).toBe(
    `face_detection/gate-3/captures/door/${ID}`,
  );
  expect(deviceTopic(PREFIX, 'gate-3', 'receipts')).toBe('face_detection/gate-3/receipts');
  expect(captureFilter(PREFIX)).toBe('face_detection/+/captures/#');
});

it.each([PREFIX, 'site/faces', 'a'])('reads every topic that it spells, with prefix %s', (prefix) => {
  const address = { device: 'x'.repeat(48), camera: 'door', id: ID };
  expect(parseTopic(prefix, captureTopic(prefix, address))).toEqual({ type: 'capture', ...address });
  expect(parseTopic(prefix, prefix)).toEqual({ type: 'bare' });
  for (const type of ['receipts', 'status', 'stats', 'ledger', 'owner'] satisfies DeviceChannel[]) {
    expect(parseTopic(prefix, deviceTopic(prefix, 'gate-3', type))).toEqual({ type, device: 'gate-3' });
  }
});

it('is not misled by devices and cameras that are called like channels', () => {
  const address = { device: 'captures', camera: 'receipts', id: ID };
  expect(parseTopic(PREFIX, captureTopic(PREFIX, address))).toEqual({ type: 'capture', ...address });
  expect(parseTopic(PREFIX, `${PREFIX}/status/stats`)).toEqual({ type: 'stats', device: 'status' });
});

it.each([
  '',
  '/',
  `/${PREFIX}`,
  `${PREFIX}/`,
  `${PREFIX}//captures/door/${ID}`,
  `${PREFIX}/gate-3/captures//${ID}`,
  `${PREFIX}/gate-3/captures/door/${ID}/`,
  `${PREFIX}/gate-3/captures/door/${ID}/more`,
  `${PREFIX}/gate-3/captures/door`,
  `${PREFIX}/gate-3/captures`,
  `${PREFIX}/gate-3/Captures/door/${ID}`,
  `${PREFIX}/gate-3/constructor`,
  `${PREFIX}/gate-3/receipts/`,
  `${PREFIX}/../receipts`,
  `${PREFIX}/gate-3/captures/../${ID}`,
  `${PREFIX}/../captures/door/${ID}`,
  `${PREFIX}/+/captures/door/${ID}`,
  `${PREFIX}/gate-3/captures/#`,
  `${PREFIX}/gate-3/captures/+/${ID}`,
  `${PREFIX}/gate\0/captures/door/${ID}`,
  `${PREFIX}/gate-3/captures/do\0or/${ID}`,
  `${PREFIX}/gate-3/captures/door\n/${ID}`,
  `${PREFIX}/GATE-3/captures/door/${ID}`,
  `${PREFIX}/gäte/captures/door/${ID}`,
  `${PREFIX}/gate-3/captures/\u202edoor/${ID}`,
  `${PREFIX}/${'x'.repeat(49)}/receipts`,
  `${PREFIX}2`,
  `${PREFIX}2gate-3/receipts`,
  `${PREFIX}2/gate-3/receipts`,
  `FACE_DETECTION/gate-3/receipts`,
  `$SYS/broker/uptime`,
  `$share/group/${PREFIX}`,
  `other/${PREFIX}/gate-3/receipts`,
])('refuses the topic %j', (topic) => {
  expect(refusal(topic).reason).toBe('bad-topic');
});

it.each([
  '',
  '..',
  '#',
  '+',
  'face.png',
  ID.toUpperCase(),
  `${ID}\0`,
  '017f22e2-79b0-4cc3-98c4-dc0c0c07398f',
  `${ID.slice(0, -1)}ｆ`,
])('refuses %j as a capture id', (id) => {
  expect(refusal(`${PREFIX}/gate-3/captures/door/${id}`).reason).toBe('not-a-uuidv7');
});

it('refuses a topic of 64 KB, and one byte too many, by bytes and not by characters', () => {
  expect(refusal(`${PREFIX}/${'a'.repeat(65_535 - PREFIX.length - 1)}`).reason).toBe('bad-topic');
  const prefix = 'é'.repeat(MAX_TOPIC_BYTES / 2);
  expect(parseTopic(prefix, prefix)).toEqual({ type: 'bare' });
  expect(refusal(`${prefix}a`, `${prefix}a`)).toMatchObject({
    reason: 'bad-topic',
    message: expect.stringContaining(`at most ${MAX_TOPIC_BYTES} bytes, got ${MAX_TOPIC_BYTES + 1}`),
  });
});

it('never repeats more than a little of a topic from outside, and no control characters', () => {
  const { message } = refusal(`${PREFIX}/\u001b[31m\0\n${'a'.repeat(300)}`);
  expect(message.length).toBeLessThan(300);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(message).not.toMatch(/[\x00-\x1f]/);
});
