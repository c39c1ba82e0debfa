import type { ReadReply } from './counters.scripts.js';

export const GRANULARITIES = ['minute', 'hour', 'day'] as const;
export type CounterGranularity = (typeof GRANULARITIES)[number];

/** What was added to a counter within a minute, an hour or a day of UTC. */
export interface CounterWindow {
  /** Epoch ms. */
  readonly startsAt: number;
  readonly count: bigint;
}

interface Ring {
  /** Where it begins, in integers. */
  readonly first: number;
  /** How many windows are kept, the present one among them. */
  readonly size: number;
  /** The length of a window. */
  readonly minutes: number;
  /** How many are shown to who does not say. */
  readonly shown: number;
}

/** As lua/windows.lua has them. */
const RINGS: Readonly<Record<CounterGranularity, Ring>> = {
  day: { first: 1, size: 400, minutes: 1440, shown: 30 },
  hour: { first: 401, size: 168, minutes: 60, shown: 24 },
  minute: { first: 569, size: 120, minutes: 1, shown: 60 },
};

const BYTES = 8;
const MINUTE_MS = 60_000;

/** The most windows that can be asked for. */
export const MAX_WINDOWS = Math.max(...Object.values(RINGS).map(({ size }) => size));

/** Which windows: of one granularity, from one on. */
export interface WindowsRequest {
  readonly granularity: CounterGranularity;
  /** The first window is the one that this instant is in, epoch ms. Absent: the last ones, the present one at the end. */
  readonly from?: number;
  /** Default: an hour of minutes, a day of hours, thirty days. */
  readonly count?: number;
}

/**
 * The windows of a counter, or of all its shards together, oldest first. What is asked for and not kept any more, or has not
 * begun, is left out.
 */
export function windowsOf(
  parts: readonly ReadReply[],
  { granularity, from, count }: WindowsRequest,
): CounterWindow[] {
  const ring = RINGS[granularity];
  const wanted = count ?? ring.shown;
  const present = numberOf(parts[0].minute, ring);
  const first = from === undefined ? present - wanted + 1 : numberOf(Math.floor(from / MINUTE_MS), ring);
  const windows: CounterWindow[] = [];
  const end = Math.min(first + wanted - 1, present);
  for (let number = Math.max(first, present - ring.size + 1); number <= end; number += 1) {
    const count = parts.reduce((sum, { windows: bytes }) => sum + countIn(bytes, ring, number), 0n);
    windows.push({ startsAt: number * ring.minutes * MINUTE_MS, count });
  }
  return windows;
}

/** Since 1970. */
function numberOf(minute: number, { minutes }: Ring): number {
  return Math.floor(minute / minutes);
}

/** A place tells of a window only when that is not older than a turn of the ring, and not newer than the last addition. */
function countIn(bytes: Buffer, ring: Ring, number: number): bigint {
  if (bytes.length === 0) return 0n;
  const last = numberOf(Number(bytes.readBigInt64BE(0)), ring);
  const at = (ring.first + (number % ring.size)) * BYTES;
  if (number > last || number <= last - ring.size || at >= bytes.length) return 0n;
  return bytes.readBigInt64BE(at);
}
