import { describe, expect, it } from 'vitest';
import { type HoursConfig, WEEKDAYS } from '../../../platform/config/camera.ts';
import { type Schedule, scheduleOf } from './schedule.ts';

const BERLIN = 'Europe/Berlin';

function hours(from: string, to: string, ...days: HoursConfig['days']): HoursConfig {
  return { from, to, days: days.length > 0 ? days : [...WEEKDAYS] };
}

/** Changes after an instant, as ISO text to the minute. */
function changes(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  let at: Date | undefined = new Date(after);
  while (at && found.length < count) {
    at = schedule.nextChange(at);
    if (at) found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

const isOpen = (schedule: Schedule, at: string) => schedule.isOpen(new Date(at));

describe('scheduleOf', () => {
  it('is always open without rules, and where they leave nothing out', () => {
    for (const rules of [
      undefined,
      [],
      [hours('00:00', '24:00')],
      [hours('08:00', '20:00'), hours('20:00', '08:00')],
    ]) {
      const schedule = scheduleOf(rules, BERLIN);
      expect(isOpen(schedule, '2026-03-29T01:00:00Z')).toBe(true);
      expect(schedule.nextChange(new Date('2026-03-29T01:00:00Z'))).toBeUndefined();
    }
  });

  it('opens with the first and closes with the last minute', () => {
    const schedule = scheduleOf([hours('08:00', '18:00')], 'UTC');
    expect(
      ['07:59:59.999', '08:00:00.000', '17:59:59.999', '18:00:00.000'].map((time) =>
        isOpen(schedule, `2026-06-01T${time}Z`),
      ),
    ).toEqual([false, true, true, false]);
    expect(changes(schedule, '2026-06-01T07:00Z', 3)).toEqual([
      '2026-06-01T08:00',
      '2026-06-01T18:00',
      '2026-06-02T08:00',
    ]);
  });

  it("goes by the zone's own clock", () => {
    const rules = [hours('08:00', '18:00')];
    expect(changes(scheduleOf(rules, BERLIN), '2026-06-01T00:00Z', 1)).toEqual(['2026-06-01T06:00']);
    expect(changes(scheduleOf(rules, 'America/New_York'), '2026-06-01T00:00Z', 1)).toEqual(['2026-06-01T12:00']);
    expect(changes(scheduleOf(rules, 'Asia/Kathmandu'), '2026-06-01T00:00Z', 1)).toEqual(['2026-06-01T02:15']);
  });

  it('takes the zone of the machine where none is given', () => {
    const at = new Date(2026, 5, 1, 7, 0);
    expect(scheduleOf([hours('08:00', '18:00')]).nextChange(at)).toEqual(new Date(2026, 5, 1, 8, 0));
  });

  it('lets hours over midnight belong to the day on which they begin', () => {
    // 2026-06-05 is a Friday.
    const schedule = scheduleOf([hours('22:00', '06:00', 'fri')], 'UTC');
    expect(isOpen(schedule, '2026-06-05T05:00Z')).toBe(false);
    expect(isOpen(schedule, '2026-06-05T23:00Z')).toBe(true);
    expect(isOpen(schedule, '2026-06-06T05:59Z')).toBe(true);
    expect(isOpen(schedule, '2026-06-06T22:30Z')).toBe(false);
    expect(changes(schedule, '2026-06-06T00:00Z', 3)).toEqual([
      '2026-06-06T06:00',
      '2026-06-12T22:00',
      '2026-06-13T06:00',
    ]);
  });

  it('takes hours that touch or overlap as one', () => {
    const schedule = scheduleOf(
      [hours('18:00', '24:00', 'sat'), hours('00:00', '03:00', 'sun'), hours('02:00', '09:00', 'sun')],
      'UTC',
    );
    // 2026-06-06 is a Saturday.
    expect(changes(schedule, '2026-06-05T00:00Z', 3)).toEqual([
      '2026-06-06T18:00',
      '2026-06-07T09:00',
      '2026-06-13T18:00',
    ]);
  });

  it('to 00:00 is to the end of the day', () => {
    const schedule = scheduleOf([hours('18:00', '00:00', 'sat')], 'UTC');
    expect(changes(schedule, '2026-06-06T12:00Z', 2)).toEqual(['2026-06-06T18:00', '2026-06-07T00:00']);
  });

  it('keeps to a weekly day over months and leap days', () => {
    const schedule = scheduleOf([hours('10:00', '11:00', 'tue')], 'UTC');
    expect(changes(schedule, '2028-02-23T00:00Z', 3)).toEqual([
      '2028-02-29T10:00',
      '2028-02-29T11:00',
      '2028-03-07T10:00',
    ]);
  });
});

describe('scheduleOf where the clock is put forward (Berlin, 2026-03-29, 02:00 to 03:00)', () => {
  const after = '2026-03-28T12:00Z';

  it('opens at the same time of the clock, an hour earlier', () => {
    expect(changes(scheduleOf([hours('08:00', '18:00')], BERLIN), after, 3)).toEqual([
      '2026-03-28T17:00',
      '2026-03-29T06:00',
      '2026-03-29T16:00',
    ]);
  });

  it('has a night an hour shorter', () => {
    expect(changes(scheduleOf([hours('22:00', '06:00', 'sat')], BERLIN), after, 2)).toEqual([
      '2026-03-28T21:00',
      '2026-03-29T04:00',
    ]);
  });

  it('begins and ends, where the clock jumps over it, then', () => {
    expect(changes(scheduleOf([hours('02:30', '06:00', 'sun')], BERLIN), after, 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T04:00',
    ]);
    expect(changes(scheduleOf([hours('00:30', '02:15', 'sun')], BERLIN), after, 2)).toEqual([
      '2026-03-28T23:30',
      '2026-03-29T01:00',
    ]);
  });

  it('leaves out hours that the clock jumps over, and finds them a week later', () => {
    expect(changes(scheduleOf([hours('02:15', '02:45', 'sun')], BERLIN), after, 2)).toEqual([
      '2026-04-05T00:15',
      '2026-04-05T00:45',
    ]);
  });
});

describe('scheduleOf where the clock is put back (Berlin, 2026-10-25, 03:00 to 02:00)', () => {
  const after = '2026-10-24T12:00Z';

  it('opens at the same time of the clock, an hour later', () => {
    expect(changes(scheduleOf([hours('08:00', '18:00')], BERLIN), after, 3)).toEqual([
      '2026-10-24T16:00',
      '2026-10-25T07:00',
      '2026-10-25T17:00',
    ]);
  });

  it('begins with the first and ends with the last of two equal times', () => {
    expect(changes(scheduleOf([hours('02:15', '02:45', 'sun')], BERLIN), after, 2)).toEqual([
      '2026-10-25T00:15',
      '2026-10-25T01:45',
    ]);
  });

  it('has a day of 25 hours without a break', () => {
    const schedule = scheduleOf([hours('00:00', '24:00', 'sun')], BERLIN);
    expect(changes(schedule, after, 2)).toEqual(['2026-10-24T22:00', '2026-10-25T23:00']);
  });
});

it('opens at midnight where the clock jumps over midnight (Santiago, 2026-09-06, 00:00 to 01:00)', () => {
  const schedule = scheduleOf([hours('00:00', '06:00', 'sun')], 'America/Santiago');
  expect(changes(schedule, '2026-09-05T12:00Z', 2)).toEqual(['2026-09-06T04:00', '2026-09-06T09:00']);
});

it('says the same whether asked in order, backwards or anew, and a change is where the answer changes', () => {
  const rules = [hours('22:30', '06:15', 'fri', 'sat'), hours('02:00', '02:30', 'sun'), hours('12:00', '13:00')];
  for (const begin of ['2026-03-27T00:00Z', '2026-10-23T00:00Z']) {
    const schedule = scheduleOf(rules, BERLIN);
    const quarters = Array.from(
      { length: 4 * 24 * 5 },
      (_, index) => new Date(new Date(begin).getTime() + index * 15 * 60_000),
    );
    const forward = quarters.map((at) => schedule.isOpen(at));
    expect(
      quarters
        .toReversed()
        .map((at) => schedule.isOpen(at))
        .toReversed(),
    ).toEqual(forward);
    quarters.forEach((at, index) => {
      const fresh = scheduleOf(rules, BERLIN);
      expect(fresh.isOpen(at)).toBe(forward[index]);
      const next = fresh.nextChange(at)?.getTime() ?? Number.POSITIVE_INFINITY;
      const other = forward.findIndex((open, later) => later > index && open !== forward[index]);
      expect(next).toBe(other < 0 ? next : quarters[other]?.getTime());
    });
  }
});
