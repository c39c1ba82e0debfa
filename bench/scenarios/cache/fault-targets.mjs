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
  const value = failing?.stale.answers.value;
  const most = value && Math.max(value.first.maxMs, value.later.maxMs);
  const answers = value && value.first.count + value.later.count;
  return [
    judgeNumber(
      'slowest answer while a source fails and there is a stale value, ms',
      `< ${ANSWER_MS}, of ≥ ${number(ANSWERS)}`,
      most,
      (ms) => ms < ANSWER_MS && answers >= ANSWERS,
      (ms) => `${number(ms)} of ${number(answers)}; a PING meanwhile ${number(failing.stale.ping.maxMs)}`,
    ),
    judgeNumber(
      'other answers then than the stale value',
      '0',
      failing && Object.keys(failing.stale.answers).filter((outcome) => outcome !== 'value').length,
      (kinds) => kinds === 0,
      String,
    ),
    ...['stale', 'none'].flatMap((kind) => judgeLoads(kind, failing?.[kind].loads)),
    judgeNumber(
      'p99 of failing fast without a stale value after the first second, ms',
      `< ${ANSWER_MS}`,
      failing && (failing.none.answers.LOADER_UNAVAILABLE?.later.p99Ms ?? Infinity),
      (ms) => ms < ANSWER_MS,
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
      judge('the slowest request after its return', `≤ ${RECOVERY_MS}`, 'backSlowestMs', RECOVERY_MS),
    ];
  });
}
