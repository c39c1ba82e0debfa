import {
  countPeriods,
  dayOf,
  monthOf,
  monthOfExpiry,
  nameOfDay,
  nameOfMonth,
  parseDay,
  periodOf,
  periodsBetween,
  startOfDay,
  startOfMonth,
} from './period.js';

const day = (text: string) => parseDay(text) ?? NaN;

describe('a day', () => {
  it.each(['1970-01-01', '1969-12-31', '2000-02-29', '2024-02-29', '2026-11-30', '9999-12-31', '0001-01-01'])(
    'is read and written: %s',
    (text) => {
      expect(nameOfDay(day(text))).toBe(text);
      expect(dayOf(startOfDay(day(text)))).toBe(day(text));
      expect(dayOf(startOfDay(day(text)) + 86_399_999)).toBe(day(text));
    },
  );

  it.each([
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '2026-W49',
    '2026-11',
    '26-11-30',
    '2026-11-30T00:00:00Z',
    ' 2026-11-30',
    '+02026-11-30',
    '',
    'today',
    20261130,
    null,
    ['2026-11-30'],
  ])('is not %j', (text) => {
    expect(parseDay(text)).toBeUndefined();
  });
});

describe('an ISO week', () => {
  // From the examples of ISO 8601 and its usual edge cases.
  it.each([
    ['2005-01-01', '2004-W53'],
    ['2005-01-02', '2004-W53'],
    ['2005-12-31', '2005-W52'],
    ['2007-01-01', '2007-W01'],
    ['2008-12-28', '2008-W52'],
    ['2008-12-29', '2009-W01'],
    ['2010-01-03', '2009-W53'],
    ['2020-12-31', '2020-W53'],
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2026-11-30', '2026-W49'],
    ['1970-01-01', '1970-W01'],
    ['1969-12-28', '1969-W52'],
  ])('of %s is %s', (text, week) => {
    expect(periodOf(day(text), 'week').name).toBe(week);
  });

  it('belongs to the month of its Monday', () => {
    expect(nameOfMonth(periodOf(day('2026-12-06'), 'week').month)).toBe('2026-11');
    expect(nameOfMonth(periodOf(day('2026-12-07'), 'week').month)).toBe('2026-12');
  });
});

describe('the periods of a range', () => {
  it('are all of them, also those that it has a part of', () => {
    const names = (from: string, to: string, granularity: 'day' | 'week' | 'month') =>
      periodsBetween(day(from), day(to), granularity).map(({ name }) => name);
    expect(names('2024-02-28', '2024-03-01', 'day')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(names('2026-12-27', '2027-01-04', 'week')).toEqual(['2026-W52', '2026-W53', '2027-W01']);
    expect(names('2025-11-30', '2026-02-01', 'month')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
    expect(names('2026-11-30', '2026-11-30', 'week')).toEqual(['2026-W49']);
  });

  it('are counted without being made', () => {
    for (const granularity of ['day', 'week', 'month'] as const) {
      const [from, to] = [day('2019-07-13'), day('2021-03-02')];
      expect(countPeriods(from, to, granularity)).toBe(periodsBetween(from, to, granularity).length);
      expect(countPeriods(to, to, granularity)).toBe(1);
    }
  });
});

describe('what belongs to a month', () => {
  it.each([
    ['2026-11', 1, '2027-01'],
    ['2026-11', 24, '2027-01'],
    ['2026-11', 25, '2027-02'],
    ['2026-11', 400, '2028-02'],
  ])('of %s, kept for %i days, is gone in %s', (month, retentionDays, gone) => {
    expect(nameOfMonth(monthOfExpiry(monthOf(day(`${month}-01`)), retentionDays))).toBe(gone);
  });

  it('is there for as long as one of its days, or of a week that began in it, may be marked', () => {
    for (const retentionDays of [1, 2, 7, 30, 31, 365, 400]) {
      for (let month = 600; month < 650; month += 1) {
        const goneAt = startOfMonth(monthOfExpiry(month, retentionDays));
        const lastOfMonth = startOfMonth(month + 1) - 1;
        expect(goneAt).toBeGreaterThan(lastOfMonth + 6 + retentionDays);
        expect(goneAt).toBeLessThanOrEqual(lastOfMonth + 8 + retentionDays + 31);
      }
    }
  });
});
