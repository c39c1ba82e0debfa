import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, atMost, judgeNumber } from '../harness/judge.mjs';
import { summarize } from '../harness/stats.mjs';

const slow = summarize([10, 20, 30]);
const fast = summarize([40, 80, 120]);

test('judges a quotient by the median of its rounds', () => {
  assert.deepEqual(atLeast('speed', 4, fast, slow), {
    name: 'speed',
    target: '≥ 4',
    measured: '4 (4–4)',
    reached: true,
  });
  assert.equal(atLeast('speed', 4.1, fast, slow).reached, false);
  assert.equal(atMost('latency', 0.25, slow, fast).reached, true);
  assert.equal(atMost('latency', 0.2, slow, fast).reached, false);
});

test('says of an arm that did not run that nothing was measured', () => {
  assert.equal(atMost('latency', 0.2, undefined, fast).reached, null);
  assert.equal(judgeNumber('bytes', '0', undefined, () => true).measured, '–');
  assert.equal(judgeNumber('bytes', '0', 0, (value) => value === 0).reached, true);
});
