import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import type { PendingQuery, Settlement, SpooledCapture } from '../../platform/spool/protocol.ts';
import { Spool } from '../../platform/spool/spool.ts';
import { Dispatch } from './dispatch.ts';
import { forwarderMetrics } from './forwarder-metrics.ts';
import { receiptsOf } from './receipt-intake.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real spool on a disk that can be full when a receipt is to be noted, and fail once when it is read. */
class SpoolOnBadDisk extends Spool {
  isFull = false;
  failsNextRead = false;

  override async pending(query: PendingQuery): Promise<readonly SpooledCapture[]> {
    if (this.failsNextRead) {
      this.failsNextRead = false;
      throw new Error('disk I/O error');
    }
    return super.pending(query);
  }

  override async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    if (this.isFull) throw new Error('database or disk is full');
    return super.settle(settlements);
  }
}

async function setUp() {
  const { path: folder, remove } = temporaryFolder();
  cleanups.push(remove);
  const spool = new SpoolOnBadDisk({
    folder,
    maxBytes: 2 ** 30,
    minFreeBytes: 1,
    quarantineMaxBytes: 2 ** 20,
    keepDays: 7,
  });
  await spool.start();
  cleanups.push(() => spool.stop());
  const { config, log, metrics } = serviceContext({ device: 'gate' });
  const sent: string[] = [];
  const dispatch: Dispatch = new Dispatch({
    config,
    instance: 'me',
    spool,
    log,
    metrics: forwarderMetrics(metrics, spool),
    link: {
      isUp: true,
      maximumPacketBytes: Number.POSITIVE_INFINITY,
      reconnect: () => undefined,
      // Every capture is stored and answered.
      async publish(topic, payload) {
        const id = topic.split('/').at(-1) ?? '';
        sent.push(id);
        const captures: [string, string][] = [[id, sha256Hex(payload as Buffer)]];
        const answer = encodeReceipt({ state: 'stored', captures, by: 'test' });
        const message = { topic: receiptsOf(config.topicPrefix, 'gate'), payload: answer };
        void dispatch.receive({ ...message, qos: 1, retain: false, duplicate: false });
      },
    },
  });
  dispatch.linkUp();
  dispatch.start();
  cleanups.push(() => dispatch.stop());
  const keep = async () => {
    const id = mintCaptureId(new Date());
    const body = randomBytes(100);
    const sha256 = sha256Hex(Buffer.from(body));
    const topic = `${config.topicPrefix}/gate/captures/door/${id}`;
    await spool.put({ id, sha256, body, topic, device: 'gate', camera: 'door', quality: 0.5, isBare: false });
    dispatch.rewind();
    return id;
  };
  return { spool, sent, keep };
}

it('sends a capture again whose receipt a full disk could not note', async () => {
  const { spool, sent, keep } = await setUp();
  await keep();
  await eventually(
    () => spool.status.counts.stored,
    (stored) => stored === 1,
  );
  spool.isFull = true;
  const id = await keep();
  await eventually(
    () => sent,
    (ids) => ids.includes(id),
  );
  spool.isFull = false;
  await eventually(
    () => spool.status.counts,
    ({ stored, pending }) => stored === 2 && pending === 0,
    6_000,
  );
  expect(sent.filter((one) => one === id)).toHaveLength(2);
});

it('outlives a read that fails, and sends what it could not read', async () => {
  const { spool, keep } = await setUp();
  spool.failsNextRead = true;
  await keep();
  await eventually(
    () => spool.status.counts.stored,
    (stored) => stored === 1,
  );
  expect(spool.failsNextRead).toBe(false);
});
