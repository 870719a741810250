import { describe, expect, it } from 'vitest';
import { drawBalance, isBalanced } from './balance.ts';

const NOTHING = { pending: 0, held: 0, stored: 0, refused: 0, evicted: 0, released: 0 };
const DETECTOR = { frames: 9, captured: 5, resumed: 0, waiting: 0, held: 5, refused: 0, evicted: 0, released: 0 };

describe('drawBalance', () => {
  it('counts what the detector captured, what the spool still had and what others published', () => {
    const before = { ...NOTHING, pending: 2, stored: 10 };
    const balance = drawBalance(DETECTOR, before, { ...NOTHING, stored: 20 }, 1);
    expect(balance).toMatchObject({ captured: 5 + 2 + 3, stored: 10, pending: 0 });
    expect(isBalanced(balance)).toBe(true);
  });

  it('counts what an earlier run left in an outbox on disk, and not twice what the forwarder had of it', () => {
    const detector = { ...DETECTOR, resumed: 3, held: 8 };
    const fresh = drawBalance(detector, NOTHING, { ...NOTHING, stored: 8 }, 1);
    expect(fresh).toMatchObject({ captured: 8, stored: 8 });
    // Of the three, one was pending in the spool and one was stored already.
    const before = { ...NOTHING, pending: 1, stored: 1 };
    const known = drawBalance(detector, before, { ...NOTHING, stored: 8 }, 1);
    expect(known).toMatchObject({ captured: 7, stored: 7 });
    for (const balance of [fresh, known]) expect(isBalanced(balance)).toBe(true);
  });

  it('does not balance when something held never arrived', () => {
    expect(isBalanced(drawBalance(DETECTOR, NOTHING, { ...NOTHING, stored: 4 }, 1))).toBe(false);
  });
});
