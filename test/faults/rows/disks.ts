import { closeSync, openSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Random } from '../../support/random.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';
import { MemoryDisk, missingMounts } from '../small-disks.ts';
import type { Stage } from '../stage.ts';

const MIB = 2 ** 20;

/** Published, taken over, and in the spool for good, since the cloud is away. */
async function fillSpool(stage: Stage, captures: number): Promise<void> {
  const { detector, cloudLink } = stage.parts;
  await cloudLink.setMode('refusing');
  await detector.emit(captures);
  await eventually(
    async () => [detector.kept, (await stage.ledger())?.pending],
    ([kept, pending]) => kept === 0 && pending === stage.published,
    60_000,
  );
}

/** The cloud comes back, and everything must leave. */
async function cloudIsBack(stage: Stage): Promise<void> {
  await stage.parts.cloudLink.setMode('open');
  stage.faultIsOver();
}

/** Other bytes at places of a file. */
function damage(path: string, random: Random, places: number, bytes: (random: Random) => Buffer): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  for (let place = 0; place < places; place += 1) {
    const written = bytes(random);
    const at = random.below(Math.max(1, Math.floor(size / written.length))) * written.length;
    writeSync(file, written, 0, written.length, at);
  }
  closeSync(file);
}

/** Some pages of a database, so that it can't be used, and most rows can still be read. */
function tearPages(path: string): void {
  const file = openSync(path, 'r+');
  for (const page of [9, 20]) writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096);
  closeSync(file);
}

function spoolFiles(stage: Stage, pattern: RegExp): string[] {
  return readdirSync(stage.spoolPath)
    .filter((name) => pattern.test(name))
    .map((name) => join(stage.spoolPath, name));
}

async function withDisk(disk: { unmount(): Promise<void> }, stage: Stage, work: () => Promise<void>): Promise<void> {
  stage.onStop(() => disk.unmount());
  await work();
}

/** Rows 6, 11 and 12: what disks do. */
export const DISK_ROWS: readonly FaultRow[] = [
  {
    row: 6,
    name: 'power cut of the edge: the disk as of its last syncs',
    isQuick: true,
    missing: missingMounts,
    stage: () => ({ spoolOnDisk: true, bareRatio: 0 }),
    async play(stage, random) {
      const { detector, forwarder, cloudLink } = stage.parts;
      await cloudLink.setMode('refusing');
      await whileFlowing(detector, 80, async () => {
        for (let cuts = 1 + random.below(3); cuts > 0; cuts -= 1) {
          await sleep(random.between(300, 1_500));
          await stage.cutPower([forwarder]);
        }
      });
      await cloudIsBack(stage);
    },
  },
  {
    row: 6,
    name: "power cut of the store's disk: what is called stored is there",
    missing: missingMounts,
    stage: () => ({ storeOnDisk: true }),
    async play(stage, random) {
      await whileFlowing(stage.parts.detector, 60, async () => {
        for (let cut = 0; cut < 2; cut += 1) {
          await sleep(random.between(500, 2_000));
          await stage.cutPower(stage.processors);
        }
      });
    },
  },
  {
    row: 11,
    name: 'spool full: the least worthy make room, each with its tombstone',
    isQuick: true,
    stage: () => ({ config: { spool: { maxBytes: 2 * MIB } }, maxSpoolBytes: 40 * MIB, mayShed: true }),
    async play(stage) {
      const { detector, cloudLink } = stage.parts;
      await cloudLink.setMode('refusing');
      await detector.emit(180);
      await eventually(
        () => detector.kept,
        (kept) => kept === 0,
        60_000,
      );
      const ledger = await stage.ledger();
      if (!ledger || ledger.evicted === 0)
        throw new Error(`Expected captures to be evicted, got ${JSON.stringify(ledger)}`);
      await cloudIsBack(stage);
    },
  },
  {
    row: 11,
    name: "the spool's disk is filled by somebody else, and freed again",
    missing: missingMounts,
    stage: () => ({ mayShed: true, bareRatio: 0 }),
    async play(stage, random) {
      const disk = new MemoryDisk(join(stage.path, 'small'));
      disk.mount(24 * MIB);
      await withDisk(disk, stage, async () => {
        const { detector, forwarder, cloudLink } = stage.parts;
        await stage.moveSpool(disk.path);
        await cloudLink.setMode('refusing');
        await detector.emit(20, 300);
        const { bavail, bsize } = statfsSync(disk.path);
        const other = join(disk.path, 'somebody-else');
        writeFileSync(other, Buffer.alloc(Math.max(0, bavail * bsize - random.below(MIB))));
        await detector.emit(80, 2_000);
        await sleep(2_000);
        if (random.chance(0.5)) await forwarder.kill();
        await sleep(1_000);
        rmSync(other);
        await cloudIsBack(stage);
      });
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 11,
    name: "the store's disk is full for a while",
    missing: missingMounts,
    stage: () => ({ bareRatio: 0.1 }),
    async play(stage) {
      const disk = new MemoryDisk(join(stage.path, 'faces'));
      // Before anything is stored: the folder is made at the start, and empty.
      for (const processor of stage.processors) await processor.stop();
      disk.mount(MIB);
      await withDisk(disk, stage, async () => {
        for (const processor of stage.processors) processor.start();
        const { detector } = stage.parts;
        await detector.emit(60, 2_000);
        await sleep(3_000);
        const { refused = 0 } = (await stage.ledger()) ?? {};
        if (refused > 0) throw new Error(`Expected a full disk to be no reason to refuse, got ${refused} refused`);
        disk.resize(256 * MIB);
        stage.faultIsOver();
        await eventually(
          () => detector.kept,
          (kept) => kept === 0,
          60_000,
        );
      });
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 12,
    name: 'bits flip in the bodies of the spool between death and restart',
    isQuick: true,
    stage: () => ({ mayShed: true, mayNotAudit: true }),
    async play(stage, random) {
      const { forwarder } = stage.parts;
      await fillSpool(stage, 60);
      await forwarder.stop('SIGKILL');
      for (const file of spoolFiles(stage, /bodies/))
        damage(file, random, 3 + random.below(10), () => Buffer.from([random.below(256)]));
      forwarder.start();
      await cloudIsBack(stage);
    },
  },
  ...(['spool.db', 'spool.db-wal'] as const).map(
    (name): FaultRow => ({
      row: 12,
      name: `pages of ${name} are torn between death and restart`,
      stage: () => ({ mayShed: true, mayNotAudit: true }),
      async play(stage, random) {
        const { forwarder } = stage.parts;
        await fillSpool(stage, 100);
        // What ends in order leaves no log behind, what is killed has nearly all in it.
        await forwarder.stop(name === 'spool.db' ? 'SIGTERM' : 'SIGKILL');
        damage(join(stage.spoolPath, name), random, 1 + random.below(3), () => Buffer.alloc(4096, random.below(256)));
        forwarder.start();
        await cloudIsBack(stage);
      },
      maxRecoveryMs: 120_000,
    }),
  ),
  {
    row: 12,
    name: 'the index of the spool is torn, and the forwarder dies while it takes over what it finds',
    stage: () => ({ mayShed: true, mayNotAudit: true }),
    async play(stage) {
      const { forwarder } = stage.parts;
      await fillSpool(stage, 120);
      await forwarder.stop();
      for (const file of spoolFiles(stage, /^spool\.db$/)) tearPages(file);
      forwarder.start();
      await forwarder.dieAt(['spool/during-salvage'], 30_000);
      await cloudIsBack(stage);
    },
    maxRecoveryMs: 120_000,
  },
];
