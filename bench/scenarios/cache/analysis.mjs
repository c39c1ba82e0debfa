// What samples of a fault say.
import { distribution, percentile } from '../../harness/stats.mjs';

/** The requests right after the start, while the process compiles its code, say nothing of before. */
const WARM_UP_MS = 1000;

/** From then on no request of an outage may wait. */
export const FIRST_MS = 50;
export const SLOW_MS = 1;

const FIRST_SECOND_MS = 1000;

/**
 * The loads in each second.
 *
 * @param {number[]} times ms from the start
 */
export function loadsBySecond(times, durationMs) {
  const seconds = Array(Math.ceil(durationMs / 1000)).fill(0);
  for (const time of times) {
    const second = Math.floor(time / 1000);
    if (second >= 0 && second < seconds.length) seconds[second] += 1;
  }
  return seconds;
}

/**
 * Answers by what they were, those of the first second apart: until then a breaker may not have opened.
 *
 * @param {[at: number, ms: number, outcome: string][]} answers when each call began, from the start, and how long it took
 */
export function summarizeAnswers(answers) {
  const kinds = {};
  for (const [at, ms, outcome] of answers) {
    const kind = (kinds[outcome] ??= { first: [], later: [] });
    (at < FIRST_SECOND_MS ? kind.first : kind.later).push(ms);
  }
  const both = ({ first, later }) => ({ first: distribution(first), later: distribution(later) });
  return Object.fromEntries(Object.entries(kinds).map(([outcome, kind]) => [outcome, both(kind)]));
}

/**
 * What requests by the clock felt of an outage.
 *
 * @param {[at: number, ms: number, isHit: boolean][]} samples when each began, how long it took, whether it was a hit
 * @param {{ stoppedAt: number, resumedAt: number, upAt: number }} outage resumedAt: it was let go on, or started anew;
 *   upAt: it answers
 */
export function describeOutage(samples, { stoppedAt, resumedAt, upAt }) {
  const startedAt = Math.min(...samples.map(([at]) => at));
  const before = timesOf(samples.filter(([at]) => at > startedAt + WARM_UP_MS && at < stoppedAt - SLOW_MS));
  const beforeMs = percentile(before, 0.5);
  const affected = samples.filter(([at, ms]) => at + ms > stoppedAt && at < resumedAt);
  const slow = affected.filter(([, ms]) => ms > beforeMs + SLOW_MS);
  const later = timesOf(affected.filter(([at]) => at >= stoppedAt + FIRST_MS));
  const back = samples.filter(([at]) => at >= resumedAt).map(([, ms]) => ms);
  const hits = samples.filter(([at, , isHit]) => isHit && at >= upAt).map(([at, ms]) => at + ms - upAt);
  return {
    beforeMs,
    beforeP99Ms: percentile(before, 0.99),
    /** By how much the slowest was slower than before. */
    slowestMs: Math.max(...affected.map(([, ms]) => ms)) - beforeMs,
    slow: slow.length,
    /** When the last slow one began, after the stop. */
    slowUntilMs: Math.max(0, ...slow.map(([at]) => at - stoppedAt)),
    laterP50Ms: percentile(later, 0.5),
    laterP99Ms: percentile(later, 0.99),
    laterMaxMs: later.at(-1) ?? NaN,
    /** Of those that began after the outage. */
    backSlowestMs: Math.max(...back) - beforeMs,
    /** From then on there are hits again; NaN when there were none. */
    recoveredMs: hits.length > 0 ? Math.min(...hits) : NaN,
  };
}

const timesOf = (samples) => samples.map(([, ms]) => ms).sort((a, b) => a - b);
