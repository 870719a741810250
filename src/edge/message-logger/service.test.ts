import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { connectClient, type TestClient } from '../../../test/support/mqtt-client.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { configSchema } from '../../platform/config/schema.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { Service } from '../../platform/service.ts';
import { createMessageLogger } from './service.ts';

type Line = Record<string, unknown>;

const folder = mkdtempSync(join(tmpdir(), 'sightline-logger-'));
let mosquitto: Mosquitto;
let client: TestClient['client'];
let service: Service | undefined;
let metrics: Metrics;

beforeAll(async () => {
  mosquitto = await startMosquitto();
  ({ client } = await connectClient(mosquitto.url));
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

afterAll(async () => {
  await client.endAsync(true);
  await mosquitto.stop();
  rmSync(folder, { recursive: true });
});

/** The lines that the service has logged for messages. */
async function startLogger(config: object = {}): Promise<Line[]> {
  const lines: Line[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  metrics = new Metrics();
  service = createMessageLogger({
    config: configSchema.parse({ edge: { broker: mosquitto.url }, ...config }),
    log,
    metrics,
  });
  await service.start();
  await eventually(() => service?.readiness()[0]?.ok, Boolean);
  lines.length = 0;
  return lines;
}

describe('createMessageLogger', () => {
  it('writes a line for each capture: what the topic and the header say, and the delay from the id', async () => {
    const lines = await startLogger();
    const image = await pattern(33, 21, 3).png().toBuffer();
    const id = mintCaptureId(new Date(Date.now() - 5000));
    const topic = `face_detection/gate-3/captures/door/${id}`;
    await client.publishAsync(topic, image, { qos: 1 });
    const [line] = await eventually(
      () => lines,
      ({ length }) => length === 1,
    );
    expect(line).toMatchObject({
      level: 30,
      msg: 'capture seen',
      kind: 'capture',
      topic,
      id,
      device: 'gate-3',
      camera: 'door',
    });
    expect(line).toMatchObject({ bytes: image.length, format: 'png', width: 33, height: 21 });
    expect(line?.delaySeconds).toBeGreaterThanOrEqual(5);
    expect(line?.delaySeconds).toBeLessThan(10);
    const exposed = await metrics.expose();
    expect(exposed).toContain('sightline_message_logger_messages_total{kind="capture"} 1');
    expect(exposed).toContain(`sightline_message_logger_bytes_total{kind="capture"} ${image.length}`);
    expect(exposed).toContain('sightline_message_logger_delay_seconds_bucket{le="5"} 0');
    expect(exposed).toContain('sightline_message_logger_delay_seconds_bucket{le="10"} 1');
  });

  it('marks the test images of sightline doctor', async () => {
    const lines = await startLogger();
    const image = await pattern(20, 10, 3).png().toBuffer();
    for (const camera of ['doctor', 'door']) {
      await client.publishAsync(`face_detection/gate-3/captures/${camera}/${mintCaptureId(new Date())}`, image, {
        qos: 1,
      });
    }
    await eventually(
      () => lines,
      ({ length }) => length === 2,
    );
    expect(lines.map(({ camera, test }) => [camera, test])).toEqual([
      ['doctor', true],
      ['door', undefined],
    ]);
  });

  it('names a bare image by its hash', async () => {
    const lines = await startLogger();
    const image = await pattern(20, 10, 3).jpeg().toBuffer();
    await client.publishAsync('face_detection', image, { qos: 1 });
    const [line] = await eventually(
      () => lines,
      ({ length }) => length === 1,
    );
    expect(line).toMatchObject({ kind: 'bare', format: 'jpeg', width: 20, height: 10, sha256: sha256Hex(image) });
  });

  it('tells receipts, status and stats as they are', async () => {
    const lines = await startLogger({ topicPrefix: 'site/faces' });
    const id = mintCaptureId(new Date());
    const receipt = encodeReceipt({
      state: 'refused',
      captures: [[id, 'ab'.repeat(32)]],
      by: 'cloud-1',
      reason: 'conflict',
    });
    await client.publishAsync('site/faces/gate/receipts', receipt, { qos: 1 });
    await client.publishAsync('site/faces/gate/status', 'online', { qos: 1 });
    await client.publishAsync('site/faces/gate/stats', '{"captured":3}', { qos: 1 });
    await client.publishAsync('site/faces/gate/ledger', 'x'.repeat(20_000), { qos: 1 });
    await eventually(
      () => lines,
      ({ length }) => length === 4,
    );
    expect(lines[0]).toMatchObject({
      kind: 'receipts',
      device: 'gate',
      state: 'refused',
      count: 1,
      by: 'cloud-1',
      reason: 'conflict',
    });
    expect(lines[1]).toMatchObject({ kind: 'status', device: 'gate', said: 'online' });
    expect(lines[2]).toMatchObject({ kind: 'stats', said: { captured: 3 } });
    expect(String(lines[3]?.said).length).toBeLessThan(9000);
  });

  it('tells why something odd is odd, and goes on', async () => {
    const lines = await startLogger();
    const id = mintCaptureId(new Date());
    const odd: [topic: string, payload: string, reason: string][] = [
      ['face_detection', 'no image', 'not-an-image'],
      ['face_detection', '', 'not-an-image'],
      [`face_detection/gate/captures/door/${id}`, '\x89PNG\r\n\x1a\n', 'damaged'],
      ['face_detection/gate/captures/door/7', 'x', 'not-a-uuidv7'],
      ['face_detection/../captures/door/x', 'x', 'bad-topic'],
      [`face_detection/${'a/'.repeat(90)}b`, 'x', 'bad-topic'],
      [`face_detection/${'a'.repeat(65_000)}`, 'x', 'bad-topic'],
      ['face_detection/gate/receipts', '{"state":"held"}', 'not-a-receipt'],
      ['face_detection/Gate/status', 'online', 'bad-topic'],
    ];
    for (const [topic, payload] of odd) {
      await client.publishAsync(topic, Buffer.from(payload, 'latin1'), { qos: 1 });
    }
    await eventually(
      () => lines,
      ({ length }) => length === odd.length,
    );
    expect(lines.map(({ kind, reason }) => [kind, reason])).toEqual(odd.map(([, , reason]) => ['refused', reason]));
    for (const line of lines) expect(String(line.topic).length).toBeLessThanOrEqual(201);
    await client.publishAsync('face_detection/gate/stats', `${'['.repeat(4000)}${']'.repeat(4000)}`, { qos: 1 });
    await eventually(
      () => lines,
      ({ length }) => length === odd.length + 1,
    );
  });

  it('keeps the lines in a file too', async () => {
    const path = join(folder, 'messages.jsonl');
    const lines = await startLogger({ messageLogger: { path } });
    for (const text of ['one', 'two']) await client.publishAsync('face_detection/gate/status', text, { qos: 1 });
    await eventually(
      () => lines,
      ({ length }) => length === 2,
    );
    await service?.stop();
    const kept = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(kept).toMatchObject([
      { kind: 'status', said: 'one' },
      { kind: 'status', said: 'two' },
    ]);
    expect(kept[0].time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('goes on, and says so once, when the file cannot be written', async () => {
    const lines = await startLogger({ messageLogger: { path: '/dev/full' } });
    for (const text of ['one', 'two', 'three'])
      await client.publishAsync('face_detection/gate/status', text, { qos: 1 });
    await eventually(
      () => lines.filter(({ kind }) => kind === 'status'),
      ({ length }) => length === 3,
    );
    await eventually(
      () => service?.readiness()[1]?.ok,
      (ok) => ok === false,
    );
    await service?.stop();
    expect(lines.filter(({ msg }) => msg === 'file of messages not written')).toHaveLength(1);
    expect(await metrics.expose()).toContain('sightline_message_logger_lost_lines_total 3');
  });

  it('comes back by itself after the broker was away', async () => {
    const lines = await startLogger();
    await mosquitto.restart();
    await eventually(() => service?.readiness()[0]?.ok, Boolean);
    ({ client } = await connectClient(mosquitto.url));
    await client.publishAsync('face_detection/gate/status', 'online', { qos: 1 });
    await eventually(
      () => lines,
      (all) => all.some(({ said }) => said === 'online'),
    );
  });
});
