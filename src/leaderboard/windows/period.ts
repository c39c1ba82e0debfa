import { Temporal } from 'temporal-polyfill';

/** The widest first. */
export const WINDOWS = ['all-time', 'monthly', 'weekly', 'daily'] as const;
export type WindowName = (typeof WINDOWS)[number];

/** A day, an ISO week or a month of a time zone, or all time. */
export interface Period {
  readonly window: WindowName;
  /** `2026-11-30`, `2026-W49`, `2026-11`; empty for all time. */
  readonly name: string;
  /** Epoch ms; the end is the next one's start. */
  readonly startsAt: number;
  readonly endsAt: number;
}

const ALL_TIME: Period = { window: 'all-time', name: '', startsAt: -Infinity, endsAt: Infinity };

/** The period that an instant, in epoch ms, lies in. Pure. A day that has no midnight begins with its first moment. */
export function periodAt(window: WindowName, timeZone: string, atMs: number): Period {
  if (window === 'all-time') return ALL_TIME;
  const at = Temporal.Instant.fromEpochMilliseconds(atMs);
  return periodOf(window, timeZone, at.toZonedDateTimeISO(timeZone).toPlainDate());
}

/**
 * The period that a day or an instant lies in.
 *
 * @param at `2026-11-30`, a day of the time zone, or an instant such as `2026-11-30T12:00:00Z`.
 * @returns undefined for what is neither.
 */
export function periodNamed(window: WindowName, timeZone: string, at: string): Period | undefined {
  try {
    if (DATE.test(at)) return periodOf(window, timeZone, Temporal.PlainDate.from(at));
    return periodAt(window, timeZone, Temporal.Instant.from(at).epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `2026-W49`, by ISO 8601: a week has the year of its Thursday. */
export function isoWeekOf(date: Temporal.PlainDate): string {
  return `${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, '0')}`;
}

/**
 * Names of zones only: an offset such as `+01:00` knows no daylight saving. Temporal is asked, which reckons with them: Intl
 * takes names that it does not, such as `PST`.
 */
export function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

function periodOf(window: WindowName, timeZone: string, date: Temporal.PlainDate): Period {
  if (window === 'all-time') return ALL_TIME;
  const { first, next, name } = SPANS[window](date);
  const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(timeZone).epochMilliseconds;
  return { window, name, startsAt: startOf(first), endsAt: startOf(next) };
}

interface Span {
  readonly name: string;
  readonly first: Temporal.PlainDate;
  readonly next: Temporal.PlainDate;
}

const SPANS: Readonly<Record<Exclude<WindowName, 'all-time'>, (date: Temporal.PlainDate) => Span>> = {
  daily: (date) => ({ name: date.toString(), first: date, next: date.add({ days: 1 }) }),
  weekly(date) {
    const first = date.subtract({ days: date.dayOfWeek - 1 });
    return { name: isoWeekOf(date), first, next: first.add({ days: 7 }) };
  },
  monthly(date) {
    const first = date.with({ day: 1 });
    return { name: date.toPlainYearMonth().toString(), first, next: first.add({ months: 1 }) };
  },
};
