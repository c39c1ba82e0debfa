import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeOutage, loadsBySecond, summarizeAnswers } from '../scenarios/cache/analysis.mjs';

/** Hits of 0.2 ms every 2 ms, beginning two seconds before Redis stops. */
const STOPPED_AT = 10_000;
const RESUMED_AT = 11_990;
const UP_AT = 12_000;
const OUTAGE = { stoppedAt: STOPPED_AT, resumedAt: RESUMED_AT, upAt: UP_AT };

function samplesOf(during) {
  const samples = [];
  for (let at = STOPPED_AT - 2000; at < STOPPED_AT; at += 2) samples.push([at, 0.2, true]);
  samples.push(...during);
  for (let at = UP_AT; at < UP_AT + 400; at += 2) samples.push([at, 0.2, at >= UP_AT + 300]);
  return samples;
}

test('an outage is told by its slowest request, by when the last slow one began, and by the first hit after it', () => {
  const during = [
    [STOPPED_AT + 2, 40.2, false],
    [STOPPED_AT + 30, 12.2, false],
    [STOPPED_AT + 60, 0.1, false],
    [STOPPED_AT + 62, 0.3, false],
    [RESUMED_AT + 1, 90.2, false],
  ];
  const outage = describeOutage(samplesOf(during), OUTAGE);
  assert.equal(outage.beforeMs, 0.2);
  assert.equal(outage.slowestMs, 40);
  assert.equal(outage.slow, 2);
  assert.equal(outage.slowUntilMs, 30);
  assert.equal(outage.laterMaxMs, 0.3);
  assert.equal(outage.backSlowestMs, 90);
  assert.ok(Math.abs(outage.recoveredMs - 300.2) < 1e-6);
});

test('a request that was under way when Redis stopped belongs to the outage', () => {
  const during = [[STOPPED_AT - 1, 250.2, false]];
  const outage = describeOutage(samplesOf(during), OUTAGE);
  assert.equal(outage.slowestMs, 250);
  assert.equal(outage.slow, 1);
});

test('an outage that does not end is said to', () => {
  const samples = samplesOf([[STOPPED_AT + 100, 0.2, false]]).map(([at, ms, isHit]) => [
    at,
    ms,
    isHit && at < STOPPED_AT,
  ]);
  const outage = describeOutage(samples, OUTAGE);
  assert.ok(Number.isNaN(outage.recoveredMs));
});

test('answers are told apart by what they are and by whether the first second was over', () => {
  const { value, refused } = summarizeAnswers([
    [10, 1, 'value'],
    [999, 3, 'value'],
    [1000, 5, 'value'],
    [2000, 100, 'refused'],
  ]);
  assert.deepEqual([value.first.count, value.first.p50Ms, value.first.maxMs], [2, 2, 3]);
  assert.deepEqual([value.later.count, value.later.maxMs], [1, 5]);
  assert.deepEqual([refused.first.count, refused.later.maxMs], [0, 100]);
});

test('loads are counted by the second from the start', () => {
  assert.deepEqual(loadsBySecond([1, 20, 999, 1000, 2500, 9999], 3000), [3, 1, 1]);
});
