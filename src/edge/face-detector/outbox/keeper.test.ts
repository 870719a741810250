import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { madeUpCapture } from '../../../../test/support/made-up-capture.ts';
import { DeskClient } from '../../../platform/desk/desk-client.ts';
import { createLog } from '../../../platform/log.ts';
import { SightlineError } from '../../../platform/sightline-error.ts';
import { DiskKeeper } from './disk-keeper.ts';
import type { Keeper } from './keeper.ts';
import { MemoryKeeper } from './memory-keeper.ts';

const ALL = { after: 0, upTo: Number.MAX_SAFE_INTEGER, maxCaptures: 100, maxBytes: 2 ** 20 };
/** A block of the spool: captures of this size are as large on disk as in memory. */
const BLOCK = 4_096;

const nothing = () => undefined;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const log = createLog({ level: 'silent', format: 'json' });

function onDisk(path: string, maxBytes = 2 ** 20): DiskKeeper {
  const keeper = new DiskKeeper({ path, maxBytes, minFreeBytes: 1, keepDays: 7 }, log);
  cleanups.push(() => keeper.stop());
  return keeper;
}

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

const KEEPERS: Record<Keeper['type'], (maxBytes?: number) => Keeper> = {
  memory: (maxBytes = 2 ** 20) => new MemoryKeeper(maxBytes),
  disk: (maxBytes) => onDisk(folder(), maxBytes),
};

async function idsOf(keeper: Keeper): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ; ) {
    const read = await keeper.pending({ ...ALL, after });
    if (read.length === 0) return ids;
    ids.push(...read.map(({ id }) => id));
    after = read.at(-1)?.seq ?? after;
  }
}

describe.each(Object.entries(KEEPERS))('a keeper in %s', (_, create) => {
  it('gives back what it was given, in the order in which it came, also by name', async () => {
    const keeper = create();
    await keeper.start(nothing);
    const captures = [madeUpCapture(), madeUpCapture({ bytes: 9_000 }), madeUpCapture()];
    for (const capture of captures) expect(await keeper.put(capture)).toEqual([]);
    expect(await idsOf(keeper)).toEqual(captures.map(({ id }) => id));
    const [second] = await keeper.pending({ ids: [captures[1]?.id ?? ''] });
    expect(second).toMatchObject({ topic: captures[1]?.topic, sha256: captures[1]?.sha256, sends: 0 });
    expect(Buffer.compare(second?.image ?? Buffer.of(), captures[1]?.image ?? Buffer.of())).toBe(0);
    expect(keeper.status).toMatchObject({ counts: { pending: 3 }, bytes: 9_200, gap: 0, lastSeq: 3 });
    expect(Date.now() - (keeper.status.oldestArrivedAtMs ?? 0)).toBeLessThan(60_000);
  });

  it('lets go of a capture for its own id and hash alone, and once', async () => {
    const keeper = create();
    await keeper.start(nothing);
    const [one, two, three] = [madeUpCapture(), madeUpCapture(), madeUpCapture()];
    for (const capture of [one, two, three]) await keeper.put(capture);
    const held = ({ id, sha256 }: typeof one) => ({ id, sha256, state: 'held' as const });
    expect(await keeper.end([held({ ...one, sha256: two.sha256 }), held(madeUpCapture())])).toEqual([false, false]);
    expect(await keeper.end([held(one), { ...held(two), state: 'refused', reason: 'not-an-image' }])).toEqual([
      true,
      true,
    ]);
    expect(await keeper.end([held(one), { ...held(three), state: 'released' }])).toEqual([false, true]);
    expect(await idsOf(keeper)).toEqual([]);
    expect(keeper.status).toMatchObject({
      counts: { pending: 0, held: 1, refused: 1, evicted: 0, released: 1 },
      bytes: 0,
      gap: 0,
      oldestArrivedAtMs: null,
    });
  });

  it('is bounded: sheds what was never sent first, then the lowest quality, then the oldest; the newcomer too', async () => {
    const keeper = create(3 * 2 * BLOCK);
    await keeper.start(nothing);
    // A spool has a header before each body.
    const make = (quality: number) => madeUpCapture({ bytes: 2 * BLOCK - 1_000, quality });
    const [sent, good, poor] = [make(0.1), make(0.9), make(0.3)];
    for (const capture of [sent, good, poor]) await keeper.put(capture);
    keeper.markSent(sent.id);
    const better = make(0.5);
    await keeper.put(better);
    expect(await idsOf(keeper)).toEqual([sent.id, good.id, better.id]);
    const worst = make(0.2);
    expect(await keeper.put(worst)).toMatchObject([{ id: worst.id, quality: 0.2 }]);
    expect(await idsOf(keeper)).toEqual([sent.id, good.id, better.id]);
    await keeper.put(make(0.5));
    expect(await idsOf(keeper)).not.toContain(better.id);
    expect(keeper.status).toMatchObject({ counts: { pending: 3, evicted: 3 }, gap: 0 });
  });

  it('knows what was sent', async () => {
    const keeper = create();
    await keeper.start(nothing);
    const [sent, other] = [madeUpCapture(), madeUpCapture()];
    await keeper.put(sent);
    keeper.markSent(sent.id);
    await keeper.put(other);
    const read = await keeper.pending({ ids: [sent.id, other.id] });
    expect(read.map(({ sends }) => sends)).toEqual([1, 0]);
  });
});

describe('a keeper on disk', () => {
  it('still has everything after its process was gone, the books of earlier runs too', async () => {
    const path = folder();
    const [one, two] = [madeUpCapture(), madeUpCapture()];
    const first = onDisk(path);
    await first.start(nothing);
    await first.put(one);
    await first.put(two);
    await first.end([{ id: one.id, sha256: one.sha256, state: 'held' }]);
    await first.stop();
    expect(first.status).toMatchObject({ counts: { pending: 1, held: 1 } });
    const second = onDisk(path);
    expect(second.status).toMatchObject({ counts: { pending: 0 } });
    await second.start(nothing);
    expect(await idsOf(second)).toEqual([two.id]);
    expect(second.status).toMatchObject({ counts: { pending: 1, held: 1 }, gap: 0 });
  });

  it('says that each detector needs a folder of its own when another one has it', async () => {
    const path = folder();
    await onDisk(path).start(nothing);
    const error = await onDisk(path)
      .start(nothing)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SightlineError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/outbox\.path.*another process has it open/s),
      hint: expect.stringContaining('SIGHTLINE_OUTBOX_PATH'),
      exitCode: 4,
    });
  });

  it('has a desk at which an operator sees and gives up captures, and tells of it', async () => {
    const path = folder();
    const keeper = onDisk(path);
    let changes = 0;
    await keeper.start(() => {
      changes += 1;
    });
    const capture = madeUpCapture();
    await keeper.put(capture);
    const desk = await DeskClient.connect(path);
    expect(await desk?.status()).toMatchObject({ counts: { pending: 1 } });
    expect(await desk?.drop([capture.id])).toBe(1);
    desk?.close();
    expect(changes).toBe(1);
    expect(keeper.status).toMatchObject({ counts: { pending: 0, evicted: 1 }, gap: 0 });
  });
});
