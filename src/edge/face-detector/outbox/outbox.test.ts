import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { madeUpCapture } from '../../../../test/support/made-up-capture.ts';
import { countsOf } from '../../../../test/support/metric-counts.ts';
import { serviceContext } from '../../../../test/support/service.ts';
import { encodeReceipt, type Receipt } from '../../../contract/receipts.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { LinkDownError } from '../../../platform/mqtt/link-errors.ts';
import type { Capture } from '../capture.ts';
import { DiskKeeper } from './disk-keeper.ts';
import type { Keeper } from './keeper.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { Outbox } from './outbox.ts';
import { observeOutbox, outboxMetrics } from './outbox-metrics.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Conditions {
  readonly maxBytes?: number;
  readonly maximumPacketBytes?: number;
  readonly dialect?: 'captures' | 'bare';
  readonly keeper?: Keeper;
}

const never = new AbortController().signal;

/** An outbox, and a broker with perhaps a forwarder behind it. */
async function setUp(
  type: 'memory' | 'disk',
  {
    maxBytes = 2 ** 20,
    maximumPacketBytes = Number.POSITIVE_INFINITY,
    dialect = 'captures',
    keeper: given,
  }: Conditions = {},
) {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const outboxKeys = { type, path, maxBytes, minFreeBytes: 1 };
  const { config, log, metrics } = serviceContext({ device: 'gate', outbox: outboxKeys, edge: { dialect } });
  const network = {
    sent: [] as string[],
    topics: new Set<string>(),
    isAnswering: true,
    answers: 'held' as Receipt['state'],
    refusesAbove: Number.POSITIVE_INFINITY,
  };
  const link = {
    isUp: true,
    maximumPacketBytes,
    reconnect: () => undefined,
    async publish(topic: string, image: Buffer | string) {
      if (image.length > network.refusesAbove) throw new LinkDownError('Publish error: Packet too large');
      const id = topic.split('/').at(-1) ?? '';
      network.sent.push(id);
      network.topics.add(topic);
      if (network.isAnswering && dialect === 'captures') void answer(id, sha256Hex(image as Buffer));
    },
  };
  const keeper = given ?? (type === 'disk' ? new DiskKeeper(config.outbox, log) : new MemoryKeeper(maxBytes));
  const outbox: Outbox = new Outbox({ config, keeper, link, log, metrics: outboxMetrics(metrics) });
  const answer = (id: string, sha256: string, keys: object = {}) => {
    const verdict = {
      state: network.answers,
      ...(network.answers === 'refused' ? { reason: 'conflict' as const } : {}),
    };
    const payload = encodeReceipt({ ...verdict, captures: [[id, sha256]], by: 'test' });
    return outbox.receive({ topic: 'receipts', payload, qos: 1, retain: false, duplicate: false, ...keys });
  };
  await outbox.start();
  observeOutbox(metrics, outbox);
  cleanups.push(() => outbox.stop());
  const put = (capture: Capture) => outbox.put(capture, false, never);
  const putAll = async (captures: readonly Capture[]) => {
    for (const capture of captures) await put(capture);
  };
  return { outbox, network, link, put, putAll, answer, metrics };
}

describe.each(['memory', 'disk'] as const)('an outbox in %s', (type) => {
  it('sends the oldest first and lets go of what the forwarder holds', async () => {
    const { outbox, network, putAll, metrics } = await setUp(type);
    network.isAnswering = false;
    const captures = Array.from({ length: 40 }, () => madeUpCapture());
    await putAll(captures);
    network.isAnswering = true;
    outbox.linkDown();
    outbox.linkUp();
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    const firsts = [...new Set(network.sent)];
    expect(firsts).toEqual(captures.map(({ id }) => id));
    expect(outbox.counts).toEqual({ held: 40, refused: 0, evicted: 0, released: 0 });
    expect(await countsOf(metrics, 'outbox_settled_total', 'state')).toMatchObject({ held: 40 });
    expect(await metrics.expose()).toMatch(/^sightline_outbox_ledger_gap 0$/m);
  });

  it('believes a receipt for its own id and hash alone, and none that a broker had retained', async () => {
    const { outbox, network, put, answer } = await setUp(type);
    network.isAnswering = false;
    const capture = madeUpCapture();
    await put(capture);
    await answer(capture.id, sha256Hex(Buffer.from('other bytes')));
    await answer(madeUpCapture().id, capture.sha256);
    await answer(capture.id, capture.sha256, { retain: true });
    expect(outbox.counts.held).toBe(0);
    await answer(capture.id, capture.sha256);
    expect(outbox.counts.held).toBe(1);
  });

  it('counts what the forwarder refused', async () => {
    const { outbox, network, put } = await setUp(type);
    network.answers = 'refused';
    await put(madeUpCapture());
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    expect(outbox.counts).toMatchObject({ held: 0, refused: 1 });
  });

  it('in the bare dialect: sends on the prefix, and the acknowledgement of the broker ends custody', async () => {
    const { outbox, network, put } = await setUp(type, { dialect: 'bare' });
    await put(madeUpCapture());
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    expect([...network.topics]).toEqual(['face_detection']);
    expect(outbox.counts).toMatchObject({ released: 1, held: 0 });
  });

  it('waits with what is larger than the broker takes, and sends the rest', async () => {
    const { outbox, network, putAll, metrics } = await setUp(type, { maximumPacketBytes: 10_000 });
    const [tooLarge, fits] = [madeUpCapture({ bytes: 9_900 }), madeUpCapture({ bytes: 5_000 })];
    await putAll([tooLarge, fits]);
    await eventually(
      () => outbox.counts.held,
      (held) => held > 0,
    );
    expect(network.sent).toEqual([fits.id]);
    expect(await metrics.expose()).toMatch(/^sightline_outbox_too_large_captures 1$/m);
  });

  it('ends with an error, if it is not to wait, when all that is left is too large; a source that can wait goes on', async () => {
    const { outbox, network, link } = await setUp(type, { maximumPacketBytes: 10_000, maxBytes: 40_000 });
    const large = Array.from({ length: 5 }, () => madeUpCapture({ bytes: 9_900 }));
    // More than half of the bound: room comes no more.
    for (const capture of large) expect(await outbox.put(capture, true, AbortSignal.timeout(30_000))).toBe(true);
    await expect(outbox.empty('throw', AbortSignal.timeout(30_000))).rejects.toThrow(/an image may have 7952 bytes/);
    expect(outbox.counts.evicted).toBeGreaterThan(0);
    const waiting = new AbortController();
    let isOver = false;
    void outbox.empty('wait', waiting.signal).then(() => {
      isOver = true;
    });
    await sleep(50);
    expect(isOver).toBe(false);
    // Another connection takes more.
    link.maximumPacketBytes = 100_000;
    outbox.linkDown();
    outbox.linkUp();
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    expect(network.sent.length).toBeGreaterThan(0);
    expect(outbox.captures).toBe(0);
    waiting.abort();
  });

  it('learns a limit that the broker did not announce from its refusal', async () => {
    const { outbox, network, putAll } = await setUp(type);
    network.refusesAbove = 8_000;
    await putAll([madeUpCapture({ bytes: 9_000 }), madeUpCapture({ bytes: 5_000 })]);
    await expect(outbox.empty('throw', AbortSignal.timeout(30_000))).rejects.toThrow(/none of the 1 that are left/);
    expect(outbox.counts.held).toBe(1);
  });

  it('when it is full a source that can wait waits, and another one sheds', async () => {
    const { outbox, network, put, metrics } = await setUp(type, { maxBytes: 40_000 });
    network.isAnswering = false;
    for (let count = 0; count < 3; count += 1) await put(madeUpCapture({ bytes: 7_000 }));
    const ending = new AbortController();
    const waiting = outbox.put(madeUpCapture({ bytes: 7_000 }), true, ending.signal);
    expect(await Promise.race([waiting, sleep(100)])).toBeUndefined();
    for (let count = 0; count < 4; count += 1) await put(madeUpCapture({ bytes: 7_000 }));
    expect(outbox.counts.evicted).toBeGreaterThan(0);
    expect(outbox.condition).toMatchObject({ isWell: true, detail: expect.stringContaining('full') });
    expect(await countsOf(metrics, 'outbox_evicted_total', 'reason')).toEqual({ full: outbox.counts.evicted });
    network.isAnswering = true;
    outbox.linkDown();
    outbox.linkUp();
    expect(await waiting).toBe(true);
    await outbox.empty('throw', AbortSignal.timeout(30_000));
  });

  it('does not take what it sheds for an answer: while no forwarder is there only probes go', async () => {
    const { outbox, network, putAll, put } = await setUp(type, { maxBytes: 200_000 });
    const make = () => madeUpCapture({ bytes: 7_000 });
    await putAll(Array.from({ length: 100 }, make));
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    network.isAnswering = false;
    await putAll(Array.from({ length: 20 }, make));
    await sleep(2_500);
    const before = network.sent.length;
    for (let count = 0; count < 40; count += 1) {
      await put(make());
      await sleep(5);
    }
    expect(outbox.counts.evicted).toBeGreaterThan(0);
    expect(network.sent.length - before).toBeLessThanOrEqual(2);
  });
});

/** Fails as a disk does that takes no writes. */
class BrokenKeeper extends MemoryKeeper {
  isBroken = true;

  override async put(capture: Capture): Promise<readonly Capture[]> {
    if (this.isBroken) throw new Error('disk I/O error');
    return super.put(capture);
  }
}

describe('an outbox whose disk takes no writes', () => {
  it('tells of what it could not keep and is not well; a source that can wait waits, and goes on', async () => {
    const keeper = new BrokenKeeper(2 ** 20);
    const { outbox, put, metrics } = await setUp('disk', { keeper });
    expect(await put(madeUpCapture())).toBe(false);
    expect(outbox.condition).toEqual({ isWell: false, detail: 'disk I/O error' });
    expect(await metrics.expose()).toMatch(/^sightline_outbox_commit_failures_total 1$/m);
    const waiting = outbox.put(madeUpCapture(), true, never);
    expect(await Promise.race([waiting, sleep(1_500)])).toBeUndefined();
    keeper.isBroken = false;
    expect(await waiting).toBe(true);
    expect(outbox.condition.isWell).toBe(true);
    await outbox.empty('throw', AbortSignal.timeout(30_000));
    expect(outbox.counts).toMatchObject({ held: 1, evicted: 0 });
  });
});
