import { number } from '../../harness/format.mjs';
import { judgeNumber } from '../../harness/judge.mjs';
import { FIRST_MS, SLOW_MS } from './analysis.mjs';

const ANSWER_MS = 20;
const ANSWERS = 10_000;
const FIRST_LOADS = 10;
const PROBES_A_SECOND = 1;
const RECOVERY_MS = 1000;

/** What the fleet must do while something fails. */
export function judgeFaults({ stampedes, failing, outages }) {
  return [
    judgeNumber(
      'most loads of a key that 4 × 1000 callers ask for',
      '1',
      stampedes?.holdfast.loads.max,
      (value) => value === 1,
    ),
    ...judgeFailing(failing?.holdfast),
    ...['frozen', 'killed'].flatMap((way) => judgeOutage(way, outages?.[way])),
  ];
}

function judgeFailing(failing) {
  const stale = failing?.stale;
  return [
    judgeNumber(
      'slowest answer while a source fails and there is a stale value, ms',
      `< ${ANSWER_MS}, of ≥ ${number(ANSWERS)}`,
      stale && (stale.answers.value?.maxMs ?? Infinity),
      (value) => value < ANSWER_MS && stale.answers.value.count >= ANSWERS,
      (value) => `${number(value)} of ${number(stale.answers.value?.count ?? 0)}`,
    ),
    judgeNumber(
      'answers then that are not the stale value',
      '0',
      stale && count(stale.answers, ([outcome]) => outcome !== 'value'),
      (value) => value === 0,
      String,
    ),
    ...['stale', 'none'].flatMap((kind) => judgeLoads(kind, failing?.[kind].loads)),
    judgeNumber(
      'p99 of failing fast without a stale value, ms',
      `< ${ANSWER_MS}`,
      failing && (failing.none.answers.LOADER_UNAVAILABLE?.p99Ms ?? Infinity),
      (value) => value < ANSWER_MS,
    ),
  ];
}

function judgeLoads(kind, loads) {
  const [first, ...later] = loads ?? [];
  const when = kind === 'stale' ? 'with a stale value' : 'without one';
  return [
    judgeNumber(
      `loads of the fleet in the first second, ${when}`,
      `≤ ${FIRST_LOADS}`,
      first,
      (value) => value <= FIRST_LOADS,
    ),
    judgeNumber(
      `loads in any second after it, ${when}`,
      `≤ ${PROBES_A_SECOND}`,
      loads && Math.max(...later),
      (value) => value <= PROBES_A_SECOND,
    ),
  ];
}

const count = (answers, isCounted) =>
  Object.entries(answers)
    .filter(isCounted)
    .reduce((sum, [, answer]) => sum + answer.count, 0);

function judgeOutage(way, tiers) {
  return ['redis', 'both'].flatMap((tier) => {
    const outage = tiers?.[tier];
    const name = `Redis is ${way}${tier === 'both' ? ', hot keys' : ''}:`;
    const judge = (what, target, field, most) =>
      judgeNumber(`${name} ${what}, ms`, target, outage?.[field].max, (value) => value <= most);
    return [
      judge('the slowest request is slower by', `≤ ${FIRST_MS}`, 'slowestMs', FIRST_MS),
      judge(`p99 from ${FIRST_MS} ms on`, `≤ ${SLOW_MS}`, 'laterP99Ms', SLOW_MS),
      judge('hits again after', `≤ ${RECOVERY_MS}`, 'recoveredMs', RECOVERY_MS),
    ];
  });
}
