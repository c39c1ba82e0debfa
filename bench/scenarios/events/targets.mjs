import { atLeast, judgeNumber } from '../../harness/judge.mjs';

const SHARE_OF_RAW = 0.7;
const TIMES_BULLMQ = 4;
const P50_MS = 1.5;
const P99_MS = 5;
const ROUND_TRIPS = 0.1;
const IDLE_COMMANDS = 50;
const CONNECTIONS = 4;
const RECOVERY_S = 10;

/** The targets of this scenario. */
export function judge({ arms, idle, recovery }) {
  const { holdfast, raw, 'raw-envelope': enveloped, bullmq } = arms;
  const under = (name, most, value) => judgeNumber(name, `≤ ${most}`, value, (measured) => measured <= most);
  return [
    atLeast('events a second, of raw commands', SHARE_OF_RAW, holdfast?.perSecond, enveloped?.perSecond),
    atLeast(
      'events a second, of raw commands with 8 bytes',
      SHARE_OF_RAW,
      holdfast?.perSecond,
      raw?.perSecond,
    ),
    atLeast('events a second, of BullMQ', TIMES_BULLMQ, holdfast?.perSecond, bullmq?.perSecond),
    under('publish to handler, p50 ms', P50_MS, holdfast?.p50Ms.median),
    under('publish to handler, p99 ms', P99_MS, holdfast?.p99Ms.median),
    under('round trips an event', ROUND_TRIPS, holdfast?.trips.median),
    under('commands a second of an idle fleet', IDLE_COMMANDS, idle?.commands),
    under('connections a replica', CONNECTIONS, idle?.connections),
    under(
      'recovery from a kill -9, the slowest, s',
      RECOVERY_S,
      recovery && Math.max(...recovery.recoveryMs) / 1000,
    ),
    under('deliveries of an event whose handler takes two minutes', 1, recovery?.slowDeliveries),
  ];
}
