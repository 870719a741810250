import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { SPOOL_SETTINGS, spoolCapture } from '../../../test/support/spool-captures.ts';
import { BodyReader, type Damaged } from './body-reader.ts';
import { Body, BodyStore } from './body-store.ts';
import { LOST_ON_DISK, type Settlement } from './protocol.ts';
import { RecentBodies } from './recent-bodies.ts';
import type { PendingRow } from './thread-protocol.ts';

/** Two bodies on disk and a reader of them, with what it says of them. */
async function reading() {
  const { path: folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const bodies = await BodyStore.open({ folder, ...SPOOL_SETTINGS }, new Uint32Array(), false);
  const captures = [spoolCapture(), spoolCapture()];
  await bodies.room(10);
  const places = await bodies.write(
    captures.map((capture) => new Body({ ...capture, bytes: capture.body.length }, capture.body)),
  );
  const rows = captures.map(({ id, device, topic, sha256, body }, seq) => {
    const place = places[seq];
    if (!place) throw new Error('Expected a place');
    return { seq, id, device, topic, sha256, bytes: body.length, sends: 0, place } satisfies PendingRow;
  });
  const recent = new RecentBodies();
  const settled: Settlement[] = [];
  const damaged: Damaged[] = [];
  const reader = new BodyReader({
    bodies,
    recent,
    settle: async (settlement) => void settled.push(settlement),
    onDamaged: (one) => void damaged.push(one),
  });
  return { bodies, captures, rows, recent, reader, settled, damaged };
}

it('refuses what the disk gives otherwise than it was written, and gives the rest', async () => {
  const { bodies, captures, rows, reader, settled, damaged } = await reading();
  onTestFinished(() => bodies.close());
  await bodies.overwrite(rows[0]?.place.extents ?? []);
  expect((await reader.whole(rows)).map(({ id }) => id)).toEqual([captures[1]?.id]);
  expect(settled).toEqual([
    { id: captures[0]?.id, sha256: captures[0]?.sha256, state: 'refused', reason: LOST_ON_DISK },
  ]);
  expect(damaged).toEqual([{ id: captures[0]?.id, bytes: 1000, isLost: true }]);
});

it('takes no error of the disk for damage: what it can’t read now stays pending, and the rest goes on', async () => {
  const { bodies, captures, rows, recent, reader, settled, damaged } = await reading();
  recent.set(captures[1]?.id ?? '', captures[1]?.body ?? randomBytes(1));
  // Reads of a closed file fail as those of a bad sector do, with an error of the system.
  await bodies.close();
  expect((await reader.whole(rows)).map(({ id }) => id)).toEqual([captures[1]?.id]);
  expect(settled).toEqual([]);
  expect(damaged).toEqual([{ id: captures[0]?.id, bytes: 1000, isLost: false }]);
});

it('says that the disk can’t be read where none of several can', async () => {
  const { bodies, rows, reader, settled, damaged } = await reading();
  await bodies.close();
  await expect(reader.whole(rows)).rejects.toThrow(/EBADF|closed/i);
  expect([settled, damaged]).toEqual([[], []]);
});
