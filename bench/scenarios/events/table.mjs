import { markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { RATE } from './rounds.mjs';

export function throughputSection(arms) {
  const ours = arms.holdfast;
  const head = ['Arm', 'Events/s, end to end', 'Holdfast ÷ arm', 'Round trips an event'];
  head.push(`Publish to handler at ${RATE}/s: p50, ms`, 'p99, ms', 'most, ms');
  const rows = Object.entries(arms).map(([name, arm]) => [
    name,
    spread(arm.perSecond),
    ours && arm !== ours ? ratio(pairedRatio(ours.perSecond.values, arm.perSecond.values)) : '–',
    number(arm.trips.median),
    spread(arm.p50Ms),
    spread(arm.p99Ms),
    number(arm.maxMs.max),
  ]);
  return ['## From publish to handler', markdownTable(head, rows), NOTE].join('\n\n');
}

const NOTE =
  'Median (first to third quartile) over the rounds; ratios round by round: median (least to most). One process publishes, one handles. ' +
  'Events/s: from the first call that publishes until the last handler has returned. The rate is kept by the clock, one event a ' +
  'call, whether or not the earlier ones were stored. Round trips: calls to Redis of both processes, publishing and taking.';

export function idleSection({ streams, replicas, durationMs, commands, scripts, connections }) {
  const rows = [[number(scripts), number(commands), number(connections)]];
  return [
    '## Nothing to do',
    `${replicas} replicas that consume ${streams} streams, over ${durationMs / 1000} s.`,
    markdownTable(
      ['Scripts sent a second', 'Commands run a second, those in scripts too', 'Connections a replica'],
      rows,
    ),
  ].join('\n\n');
}

export function recoverySection({ events, slowMs, recoveryMs, slowDeliveries }) {
  const rows = [[recoveryMs.map((ms) => number(ms / 1000)).join(', '), String(slowDeliveries)]];
  return [
    '## Killed',
    `A consumer is killed with ${events} events in its hands, ${recoveryMs.length} times, while a handler of the same group takes ${slowMs / 1000} s.`,
    markdownTable(
      ['From kill -9 until another one was given all of them, s', 'Deliveries of the event that takes long'],
      rows,
    ),
  ].join('\n\n');
}
