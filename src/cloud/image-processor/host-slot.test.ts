import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimHostSlot } from './host-slot.ts';

test.runIf(process.platform === 'linux')(
  'gives each holder of a name its own number, and a free number again',
  async () => {
    const name = randomUUID();
    const [first, second] = [await claimHostSlot(name), await claimHostSlot(name)];
    const other = await claimHostSlot(randomUUID());
    expect([first.slot, second.slot, other.slot]).toEqual([1, 2, 1]);
    first.release();
    await expect
      .poll(async () => {
        const third = await claimHostSlot(name);
        if (third.slot !== 1) third.release();
        return third.slot;
      })
      .toBe(1);
  },
);
