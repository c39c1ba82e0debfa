import { atLeast, atMost, judgeNumber } from '../../harness/judge.mjs';

const SHARE_OF_SEMAPHORE = 1.05;
const HAND_OFF_P50_MS = 2;
const HAND_OFF_P99_MS = 10;
const TIMES_REDLOCK = 50;
const TIMES_SEMAPHORE = 8;
const COMMANDS_A_GRANT = 2;

/** The targets of this scenario. */
export function judge({ tables, handOffs }) {
  return [
    ...tables.flatMap((table) =>
      ['redis-semaphore', 'redis-semaphore-pipelined'].flatMap((theirs) => judgeFree(table, theirs)),
    ),
    ...judgeHandOff(handOffs.holdfast?.many),
    ...['one', 'many'].flatMap((crowd) => [
      judgeTimes(handOffs, crowd, 'redlock-4', TIMES_REDLOCK),
      judgeTimes(handOffs, crowd, 'redlock-5', TIMES_REDLOCK),
      judgeTimes(handOffs, crowd, 'redis-semaphore', TIMES_SEMAPHORE),
    ]),
  ];
}

function judgeFree({ redisDelayMs, arms }, theirs) {
  const where = redisDelayMs > 0 ? `, Redis ${redisDelayMs} ms away` : '';
  const [ours, peer] = [arms.holdfast, arms[theirs]];
  return [
    atMost(
      `time of an acquire and release alone, of ${theirs}${where}`,
      SHARE_OF_SEMAPHORE,
      ours?.alone.p50Ms,
      peer?.alone.p50Ms,
    ),
    atLeast(`acquires and releases a second, of ${theirs}${where}`, 0.95, ours?.perSecond, peer?.perSecond),
  ];
}

function judgeHandOff(many) {
  const under = (name, most, value) => judgeNumber(name, `≤ ${most}`, value, (measured) => measured <= most);
  return [
    under('hand-off with 64 waiters, p50 ms', HAND_OFF_P50_MS, many?.idle.p50Ms),
    under('hand-off with 64 waiters, p99 ms', HAND_OFF_P99_MS, many?.idle.p99Ms),
    under('commands a grant with 64 waiters', COMMANDS_A_GRANT, many?.commandsAGrant.maxMs),
  ];
}

function judgeTimes(handOffs, crowd, theirs, times) {
  const { holdfast: ours, [theirs]: peer } = handOffs;
  const quotient = ours && peer && peer[crowd].idle.p50Ms / ours[crowd].idle.p50Ms;
  const who = crowd === 'one' ? 'one waiter' : '64 waiters';
  return judgeNumber(
    `idle p50 of ${theirs} ÷ ours, ${who}`,
    `≥ ${times}`,
    quotient,
    (value) => value >= times,
  );
}
