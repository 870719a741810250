import { afterEach, describe, expect, it } from 'vitest';
import { VirtualTime } from '../../../test/simulation/virtual-time.ts';
import { Courier, type Parcel } from './courier.ts';
import { SendWindow } from './send-window.ts';
import { type Suspect, Suspects } from './suspects.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const couriers: Courier<Parcel>[] = [];
afterEach(async () => {
  await Promise.all(couriers.splice(0).map((courier) => courier.stop()));
});

type Fate = 'answered' | 'cuts' | 'lost' | 'refused';

/** A keeper that begins with its oldest on each new connection, as hard as it can be, and a next keeper that some captures make fail. */
function setUp(fates: Record<string, Fate>) {
  const time = new VirtualTime();
  const pending = new Set(Object.keys(fates));
  const underWay = new Set<string>();
  const sent: { id: string; atMs: number; with: number }[] = [];
  const suspects: Suspect[] = [];
  let isUp = true;
  const window = new SendWindow({ maxCaptures: 64, maxBytes: 1e6, now: time.nowMs, random: () => 1 });
  const courier = new Courier<Parcel>({
    window,
    clock: time,
    suspects: new Suspects(time, () => 1),
    isOpen: () => isUp,
    next: async () => {
      const id = [...pending].find((one) => !underWay.has(one));
      if (id === undefined) return undefined;
      underWay.add(id);
      return { id, bytes: 1_000, isFirst: true };
    },
    send: ({ id }) => {
      sent.push({ id, atMs: time.nowMs(), with: window.outstanding - 1 });
      if (fates[id] === 'cuts') time.after(20, cut);
      else if (fates[id] === 'answered') time.after(100, () => isUp && answer(id));
      if (fates[id] === 'refused') return Promise.reject(new Error('Packet too large'));
      // What makes the broker cut the connection is never acknowledged.
      return fates[id] === 'cuts'
        ? new Promise<void>(() => undefined)
        : new Promise<void>((resolve) => time.after(10, resolve));
    },
    onReturned: (ids, why) => {
      if (why === 'cut') underWay.clear();
      else for (const id of ids) underWay.delete(id);
    },
    onSuspect: (suspect) => suspects.push(suspect),
  });
  const answer = (id: string): void => {
    pending.delete(id);
    underWay.delete(id);
    courier.receipted(id);
  };
  const cut = (): void => {
    isUp = false;
    courier.cut();
    time.after(SECOND, () => {
      isUp = true;
      courier.wake();
    });
  };
  const add = (id: string, fate: Fate): void => {
    fates[id] = fate;
    pending.add(id);
    courier.wake();
  };
  couriers.push(courier);
  courier.start();
  return { time, pending, sent, suspects, courier, add };
}

const many = (count: number, fate: Fate = 'answered'): Record<string, Fate> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, fate]));

describe('a capture that cuts every connection', () => {
  it('stops no other, though it is the oldest and each connection begins with the oldest', async () => {
    const { time, pending, sent } = setUp({ poison: 'cuts', ...many(50) });
    await time.run(30 * SECOND);
    expect([...pending]).toEqual(['poison']);
    expect(sent.filter(({ id }) => id === 'poison').length).toBeLessThanOrEqual(6);
  });

  it('stops none that come later: these arrive within seconds, and it is tried alone and ever more rarely', async () => {
    const { time, pending, sent, suspects, courier, add } = setUp({ poison: 'cuts', ...many(5) });
    await time.run(10 * SECOND);
    const tookMs: number[] = [];
    for (let index = 0; index < 600; index += 1) {
      const from = time.nowMs();
      add(`live${index}`, 'answered');
      await time.run(60 * SECOND, () => !pending.has(`live${index}`));
      tookMs.push(time.nowMs() - from);
      await time.run(10 * SECOND);
    }
    expect(Math.max(...tookMs.slice(0, 5))).toBeLessThan(15 * SECOND);
    expect(Math.max(...tookMs.slice(5))).toBeLessThan(2.5 * SECOND);
    const tries = sent.filter(({ id }) => id === 'poison');
    expect(tries.length).toBeLessThan(16);
    expect(tries.slice(4).every((one) => one.with === 0)).toBe(true);
    expect(suspects.length).toBeGreaterThan(3);
    expect(courier.parked).toMatchObject([{ id: 'poison', why: 'cut' }]);
  });

  it('is never given up: it goes when what stood against it has changed', async () => {
    const fates: Record<string, Fate> = { poison: 'cuts', ...many(5) };
    const { time, pending, courier, add } = setUp(fates);
    for (let index = 0; index < 30; index += 1) {
      add(`live${index}`, 'answered');
      await time.run(10 * MINUTE);
    }
    expect([...pending]).toEqual(['poison']);
    fates.poison = 'answered';
    await time.run(HOUR + MINUTE);
    expect([...pending]).toEqual([]);
    expect(courier.parked).toEqual([]);
  });

  it('is blamed alone: what was written with it is the first on the next connection', async () => {
    const { time, sent, pending } = setUp({ ...many(2), poison: 'cuts', c2: 'answered' });
    await time.run(2 * SECOND);
    expect(sent.map(({ id }) => id).slice(0, 7)).toEqual(['c0', 'c1', 'poison', 'c2', 'c0', 'c1', 'c2']);
    await time.run(30 * SECOND);
    expect([...pending]).toEqual(['poison']);
  });

  it('does no harm as one of several, and the only one is tried ever more rarely', async () => {
    const { time, pending, sent } = setUp({ p1: 'cuts', p2: 'cuts', p3: 'cuts', ...many(40) });
    await time.run(5 * MINUTE);
    expect([...pending]).toEqual(['p1', 'p2', 'p3']);
    const before = sent.length;
    await time.run(HOUR);
    expect(sent.length - before).toBeLessThan(40);
  });
});

describe('a capture that nobody ever answers', () => {
  it('stops no other and is parked once it was late alone', async () => {
    const { time, pending, courier, add } = setUp({ lost: 'lost', ...many(50) });
    for (let index = 0; index < 100; index += 1) {
      add(`live${index}`, 'answered');
      await time.run(10 * SECOND);
    }
    await time.run(MINUTE);
    expect([...pending]).toEqual(['lost']);
    expect(courier.parked).toMatchObject([{ id: 'lost', why: 'late' }]);
  });
});

describe('a capture that the broker refuses, keeping the connection', () => {
  it('stops no other, is parked, and goes once somebody wants it tried again', async () => {
    const fates: Record<string, Fate> = { refused: 'refused', ...many(50) };
    const { time, pending, courier, add } = setUp(fates);
    for (let index = 0; index < 10; index += 1) {
      add(`live${index}`, 'answered');
      await time.run(10 * SECOND);
    }
    expect([...pending]).toEqual(['refused']);
    expect(courier.parked).toMatchObject([{ id: 'refused', why: 'refused' }]);
    fates.refused = 'answered';
    expect(courier.retry(['refused'])).toBe(1);
    await time.run(SECOND);
    expect([...pending]).toEqual([]);
  });
});

describe('a keeper of which nobody answers', () => {
  it('is not asked with the same capture each time, and none is suspect', async () => {
    const { time, sent, suspects } = setUp(many(20, 'lost'));
    await time.run(HOUR);
    const probes = sent.slice(4).map(({ id }) => id);
    expect(new Set(probes).size).toBe(probes.length);
    expect(suspects).toEqual([]);
  });

  it('gets everything once it answers', async () => {
    const fates = many(200, 'lost');
    const { time, pending } = setUp(fates);
    await time.run(HOUR);
    for (const id of Object.keys(fates)) fates[id] = 'answered';
    await time.run(10 * MINUTE);
    expect(pending.size).toBe(0);
  });
});
