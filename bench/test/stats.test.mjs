import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedRatio, percentile, summarize } from '../harness/stats.mjs';

test('a percentile is interpolated between its neighbours', () => {
  assert.equal(percentile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(percentile([1, 2, 3, 4, 5], 0.99), 4.96);
  assert.equal(percentile([7], 0.99), 7);
});

test('a summary sorts numbers as numbers', () => {
  const { median, min, max } = summarize([100, 9, 20]);
  assert.deepEqual({ median, min, max }, { median: 20, min: 9, max: 100 });
});

test('a ratio compares each round with its own', () => {
  const { median, values } = pairedRatio([10, 40, 30], [10, 20, 10]);
  assert.deepEqual(values, [1, 2, 3]);
  assert.equal(median, 2);
});
