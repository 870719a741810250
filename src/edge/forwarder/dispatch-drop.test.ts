import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { openSpoolDesk } from '../../platform/desk/open-spool-desk.ts';
import type { PendingQuery, SpooledCapture } from '../../platform/spool/protocol.ts';
import { Spool } from '../../platform/spool/spool.ts';
import { Dispatch } from './dispatch.ts';
import { forwarderMetrics } from './forwarder-metrics.ts';
import { receiptsOf } from './receipt-intake.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real spool whose reads can be made to wait once they have read, and that can fail to drop. */
class SlowSpool extends Spool {
  gate: Promise<void> | undefined;
  reads = 0;
  failsToDrop = false;

  override async pending(query: PendingQuery): Promise<readonly SpooledCapture[]> {
    const read = await super.pending(query);
    this.reads += read.length;
    await this.gate;
    return read;
  }

  override async drop(ids: readonly string[]): Promise<number> {
    if (this.failsToDrop) throw new Error('database or disk is full');
    return super.drop(ids);
  }
}

/** A spool with so many captures, a dispatch that is not connected yet, and the desk at which an operator gives captures up. */
async function setUp(count: number) {
  const { path: folder, remove } = temporaryFolder();
  cleanups.push(remove);
  const settings = { maxBytes: 2 ** 30, minFreeBytes: 1, quarantineMaxBytes: 2 ** 20, keepDays: 7 };
  const spool = new SlowSpool({ folder, ...settings });
  await spool.start();
  cleanups.push(() => spool.stop());
  const { config, log, metrics } = serviceContext({ device: 'gate' });
  const sent: string[] = [];
  const link = {
    isUp: false,
    isAnswering: false,
    maximumPacketBytes: Number.POSITIVE_INFINITY,
    reconnect: () => undefined,
    async publish(topic: string, payload: Buffer | string) {
      const id = topic.split('/').at(-1) ?? '';
      sent.push(id);
      if (!link.isAnswering) return;
      const captures: [string, string][] = [[id, sha256Hex(payload as Buffer)]];
      const answer = encodeReceipt({ state: 'stored', captures, by: 'test' });
      const message = { topic: receiptsOf(config.topicPrefix, 'gate'), payload: answer };
      dispatch.receive({ ...message, qos: 1, retain: false, duplicate: false });
    },
  };
  const parts = { spool, log, metrics: forwarderMetrics(metrics, spool) };
  const dispatch = new Dispatch({ ...parts, config, instance: 'me', link });
  dispatch.start();
  cleanups.push(() => dispatch.stop());
  const keep = async (bytes = 100) => {
    const id = mintCaptureId(new Date());
    const body = randomBytes(bytes);
    const facts = { id, sha256: sha256Hex(body), device: 'gate', camera: 'door', quality: 0.5, isBare: false };
    const topic = `${config.topicPrefix}/gate/captures/door/${id}`;
    const result = await spool.put({ ...facts, topic, body });
    if (result.outcome === 'kept') dispatch.kept({ ...facts, topic, body, sends: 0, seq: result.seq });
    return id;
  };
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await keep());
  const connect = () => {
    link.isUp = true;
    dispatch.linkUp();
  };
  const desk = openSpoolDesk({ spool, aroundDrop: (dropped, drop) => dispatch.giveUp(dropped, drop) });
  /** From now on everything is answered: returns once a newcomer is stored, on this connection and a further one. */
  const goOn = async () => {
    link.isAnswering = true;
    for (const stored of [1, 2]) {
      await keep();
      await eventually(
        () => spool.status.counts.stored,
        (now) => now === stored,
      );
      link.isUp = false;
      dispatch.linkDown();
      connect();
    }
  };
  return { spool, dispatch, desk, link, sent, ids, keep, connect, goOn };
}

it('publishes nothing of what was given up while it was pending, in memory or under way', async () => {
  const { spool, desk, sent, ids, connect, goOn } = await setUp(17);
  connect();
  await eventually(
    () => sent.length,
    (count) => count > 0,
  );
  const before = sent.length;
  expect(before).toBeLessThan(17);
  expect(await desk.drop(ids)).toBe(17);
  expect(sent).toHaveLength(before);
  await goOn();
  expect(sent.slice(before).filter((id) => ids.includes(id))).toEqual([]);
  expect(spool.status).toMatchObject({ gap: 0, counts: { pending: 0, stored: 2, evicted: 17 } });
});

it('publishes nothing of what was being read while it was given up', async () => {
  const { spool, desk, sent, ids, connect, goOn } = await setUp(50);
  const { promise, resolve } = Promise.withResolvers<void>();
  spool.gate = promise;
  connect();
  await eventually(
    () => spool.reads,
    (reads) => reads > 0,
  );
  const dropping = desk.drop(ids);
  await eventually(
    () => spool.status.counts.evicted,
    (evicted) => evicted === 50,
  );
  resolve();
  expect(await dropping).toBe(50);
  await goOn();
  expect(sent.filter((id) => ids.includes(id))).toEqual([]);
});

it('goes on with what could not be given up', async () => {
  const { spool, desk, sent, ids, connect, goOn } = await setUp(17);
  connect();
  await eventually(
    () => sent.length,
    (count) => count > 0,
  );
  spool.failsToDrop = true;
  await expect(desk.drop(ids)).rejects.toThrow('full');
  await eventually(
    () => sent.length,
    (count) => count > 4,
  );
  spool.failsToDrop = false;
  await desk.drop(ids);
  await goOn();
});

it('counts no capture as too large that has left the spool, and tells of it once', async () => {
  const { dispatch, desk, link, ids, connect } = await setUp(3);
  link.maximumPacketBytes = 2_100;
  connect();
  await eventually(
    () => dispatch.oversize,
    (oversize) => oversize === 3,
  );
  await desk.drop(ids.slice(0, 1));
  expect(dispatch.oversize).toBe(2);
  link.isUp = false;
  dispatch.linkDown();
  connect();
  await eventually(
    () => dispatch.oversize,
    (oversize) => oversize === 2,
  );
});
