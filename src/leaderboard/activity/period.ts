import { Temporal } from 'temporal-polyfill';
import { isoWeekOf } from '../windows/period.js';

/** Of what active users are counted. Weeks are those of ISO 8601, and a day is that of UTC. */
export type Granularity = 'day' | 'week' | 'month';

export const GRANULARITIES: readonly Granularity[] = ['day', 'week', 'month'];

export interface Period {
  /** `2026-11-30`, `2026-W49` or `2026-11`. */
  readonly name: string;
  /** The month of its first day, counted from January 1970: what belongs to a month expires with it. */
  readonly month: number;
}

const EPOCH = Temporal.PlainDate.from('1970-01-01');
const DAY_MS = 86_400_000;
const DAYS_OF_WEEK = 7;
/** 1970-01-01 was a Thursday. */
const THURSDAY = 3;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The UTC day of an instant, counted from 1970-01-01. @param at epoch ms. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** The UTC day by this process' clock: a guess, for Redis to confirm. */
export function localDay(): number {
  return dayOf(Date.now());
}

/** @returns epoch ms of its first instant. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

/** Reads YYYY-MM-DD. @returns undefined for any other text, and for a day that no calendar has, such as 2026-02-30. */
export function parseDay(text: unknown): number | undefined {
  if (typeof text !== 'string' || !DAY.test(text)) return undefined;
  const day = dayOf(Date.parse(`${text}T00:00:00Z`));
  return Number.isNaN(day) || nameOfDay(day) !== text ? undefined : day;
}

/** `2026-11-30` */
export function nameOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `2026-11` */
export function nameOfMonth(month: number): string {
  return nameOfDay(startOfMonth(month)).slice(0, 7);
}

/** Counted from January 1970. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first day of a month. */
export function startOfMonth(month: number): number {
  return Date.UTC(1970, month) / DAY_MS;
}

/** The period of a day. */
export function periodOf(day: number, granularity: Granularity): Period {
  if (granularity === 'day') return { name: nameOfDay(day), month: monthOf(day) };
  if (granularity === 'month') return { name: nameOfMonth(monthOf(day)), month: monthOf(day) };
  return { name: isoWeekOf(EPOCH.add({ days: day })), month: monthOf(mondayOf(day)) };
}

/** How many periods have a day of the range, both ends included. */
export function countPeriods(from: number, to: number, granularity: Granularity): number {
  if (granularity === 'day') return to - from + 1;
  if (granularity === 'month') return monthOf(to) - monthOf(from) + 1;
  return (mondayOf(to) - mondayOf(from)) / DAYS_OF_WEEK + 1;
}

/** Those periods, in their order. */
export function periodsBetween(from: number, to: number, granularity: Granularity): Period[] {
  return Array.from({ length: countPeriods(from, to, granularity) }, (_, index) => {
    if (granularity === 'day') return periodOf(from + index, granularity);
    if (granularity === 'month') return periodOf(startOfMonth(monthOf(from) + index), granularity);
    return periodOf(mondayOf(from) + index * DAYS_OF_WEEK, granularity);
  });
}

/**
 * When what belongs to a month may go: the first month that begins after the last of its days, and the rest of a week that
 * began in it, have been kept for so long.
 */
export function monthOfExpiry(month: number, retentionDays: number): number {
  const keptUntil = startOfMonth(month + 1) + DAYS_OF_WEEK + retentionDays;
  const last = monthOf(keptUntil);
  return startOfMonth(last) === keptUntil ? last : last + 1;
}

function mondayOf(day: number): number {
  return Math.floor((day + THURSDAY) / DAYS_OF_WEEK) * DAYS_OF_WEEK - THURSDAY;
}
