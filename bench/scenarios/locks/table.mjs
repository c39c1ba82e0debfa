import { markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkText, linkTitle } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { CROWDS } from './hand-off.mjs';

/** Acquire and release of a lock that nobody else wants. */
export function freeSection(table, { connections }) {
  const head = ['Arm', 'p50 alone, ms', 'p99, ms', 'Holdfast ÷ arm', `A second, ${connections} in flight`];
  head.push('Holdfast ÷ arm', 'p50, ms', 'p99, ms', 'App CPU, µs', 'Redis CPU, µs', 'Failed');
  const ours = table.arms.holdfast;
  const against = (of, arm) =>
    ours && arm !== ours ? ratio(pairedRatio(of(ours).values, of(arm).values)) : '–';
  const rows = Object.entries(table.arms).map(([name, arm]) => [
    name,
    spread(arm.alone.p50Ms),
    spread(arm.alone.p99Ms),
    against((each) => each.alone.p50Ms, arm),
    spread(arm.perSecond),
    against((each) => each.perSecond, arm),
    spread(arm.p50Ms),
    spread(arm.p99Ms),
    number(arm.appCpuUs.median),
    number(arm.redisCpuUs.median),
    String(arm.failures),
  ]);
  return [
    `## Acquire and release of a free lock: ${linkTitle(table)}`,
    linkText(table),
    markdownTable(head, rows),
    FREE_NOTE,
  ].join('\n\n');
}

const FREE_NOTE =
  'Median (first to third quartile) over the rounds; ratios round by round: median (least to most), of the p50 alone, where ' +
  'less is better, and of what is done a second. Each in flight has a name of its own. CPU is per acquire and release, at ' +
  'full load.';

/** How long a lock lies idle while others wait for it. */
export function handOffSection(handOffs) {
  const head = ['Arm', 'Waiting', 'Idle, p50 ms', 'p99, ms', 'Most, ms', 'Until all have had it, p50 ms'];
  head.push('Commands a grant, p50', 'Hand-offs');
  const rows = Object.entries(handOffs).flatMap(([name, crowds]) =>
    Object.entries(crowds).map(([crowd, { idle, whole, commandsAGrant }]) => [
      name,
      waiting(CROWDS[crowd]),
      number(idle.p50Ms),
      number(idle.p99Ms),
      number(idle.maxMs),
      number(whole.p50Ms),
      number(commandsAGrant.p50Ms),
      String(idle.count),
    ]),
  );
  return ['## Hand-off', markdownTable(head, rows), HAND_OFF_NOTE].join('\n\n');
}

const waiting = ({ processes, callers }) =>
  processes === 1 ? 'one caller' : `${processes * callers} callers of ${processes} processes`;

const HAND_OFF_NOTE =
  'The holder, in a process of its own, lets go when all wait; each of them holds the lock for 1 ms, once. Idle: from when a ' +
  'release is begun until the next holder goes on. Those who poll are quicker the more of them wait, at the cost of Redis: ' +
  'of 64 who ask every 10 ms one is always just about to. Commands are those that clients have sent from before the ' +
  'wait until all have had it, those of the wait among them.';
