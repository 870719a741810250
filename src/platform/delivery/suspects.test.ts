import { describe, expect, it } from 'vitest';
import { Suspects } from './suspects.ts';

function setUp() {
  const clock = { ms: 0, nowMs: () => clock.ms };
  return { clock, suspects: new Suspects(clock, () => 1) };
}

const more = { isSilent: false, isNothingElse: false };
const nothingElse = { isSilent: false, isNothingElse: true };

describe('Suspects', () => {
  it('puts what failed behind what did not, and offers first what failed least', () => {
    const { suspects } = setUp();
    suspects.failed('a', 'cut', false);
    suspects.failed('a', 'cut', false);
    suspects.failed('b', 'cut', false);
    expect(['a', 'b', 'c'].map((id) => suspects.admit(id, false))).toEqual(['not yet', 'not yet', 'with others']);
    expect(suspects.takeAgain(more)).toEqual([]);
    expect(suspects.takeAgain(nothingElse)).toEqual(['b']);
    expect(suspects.admit('b', false)).toBe('with others');
    expect(suspects.takeAgain(nothingElse)).toEqual(['a']);
  });

  it('suspects nobody as long as nobody is answered', () => {
    const { suspects } = setUp();
    for (let count = 0; count < 10; count += 1) suspects.failed('a', 'late', false);
    suspects.admit('a', false);
    suspects.takeAgain(nothingElse);
    expect(suspects.admit('a', false)).toBe('with others');
  });

  it('sends alone what failed three times while others were answered, and then waits ever longer, up to an hour', () => {
    const { clock, suspects } = setUp();
    for (let count = 0; count < 3; count += 1) {
      suspects.failed('a', 'cut', false);
      suspects.receipted(`other${count}`);
    }
    suspects.admit('a', false);
    expect(suspects.takeAgain(nothingElse)).toEqual(['a']);
    expect(suspects.admit('a', false)).toBe('alone');
    const waits: number[] = [];
    for (let count = 0; count < 9; count += 1) {
      const suspect = suspects.failed('a', 'cut', true);
      waits.push((suspect?.waitMs ?? 0) / 60_000);
      expect([suspects.admit('a', false), suspects.takeAgain(nothingElse)]).toEqual(['not yet', []]);
      clock.ms += suspects.nextChangeMs;
      expect(suspects.takeAgain(more)).toEqual(['a']);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(suspects.parked).toMatchObject([{ id: 'a', why: 'cut', loneFailures: 9 }]);
    suspects.receipted('a');
    expect([suspects.parked, suspects.admit('a', false)]).toEqual([[], 'with others']);
  });

  it('lets what was put behind go after a minute, though others never end', () => {
    const { clock, suspects } = setUp();
    suspects.failed('a', 'late', false);
    suspects.admit('a', false);
    clock.ms = 60_000;
    expect(suspects.takeAgain(more)).toEqual(['a']);
  });

  it('lets nothing go for its waiting while nobody answers: only what failed least may be the probe', () => {
    const { clock, suspects } = setUp();
    suspects.failed('a', 'late', false);
    clock.ms = 600_000;
    expect(suspects.admit('a', true)).toBe('not yet');
    expect(suspects.takeAgain({ isSilent: true, isNothingElse: false })).toEqual([]);
    expect(suspects.takeAgain({ isSilent: true, isNothingElse: true })).toEqual(['a']);
  });

  it('remembers some thousands at most, and gives back what it put aside rather than forget it', () => {
    const { suspects } = setUp();
    const ids = Array.from({ length: 10_000 }, (_, index) => String(index));
    const aside = new Set<string>();
    for (const id of ids) {
      suspects.failed(id, 'late', false);
      if (suspects.admit(id, false) === 'not yet') aside.add(id);
      for (const again of suspects.takeAgain(more)) aside.delete(again);
    }
    expect(aside.size).toBeLessThanOrEqual(4_096);
    for (const id of suspects.takeAside()) aside.delete(id);
    expect([...aside]).toEqual([]);
  });
});
