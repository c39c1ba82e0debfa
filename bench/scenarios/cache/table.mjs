import { counts, markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkText, linkTitle } from '../../harness/sections.mjs';
import { ARMS } from './arms.mjs';

const byName = new Map(ARMS.map((arm) => [arm.name, arm]));

/** Hits that need no round trip. */
export function processSection(table) {
  const head = [
    'Arm',
    'Hits/s',
    'Holdfast ÷ arm',
    'p50, ns',
    'p99, ns',
    'CPU, ns',
    'Commands to Redis',
    'Failed',
  ];
  const rows = armsOf(table, 'process').map(([name, arm]) => [
    name,
    spread(arm.perSecond),
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    number(arm.p50Ms.median * 1e6),
    number(arm.p99Ms.median * 1e6),
    number(arm.appCpuUs.median * 1e3),
    counts(arm.commandsPerRequest) || '0',
    String(arm.failures),
  ]);
  return [
    '## Hits in the process',
    'In turn of a thousand products of about 1 kB, all held in the process; `local` one after the other, `bunch` 64 at once. p50 and ' +
      'p99 are of the means of 1024 hits.',
    markdownTable(head, rows),
  ].join('\n\n');
}

/** Hits in Redis, over one kind of link. */
export function redisSection(table, { connections }) {
  const head = ['Arm', 'Hits/s', 'Holdfast ÷ arm', `p50 at ${connections} in flight, ms`, 'p99, ms'];
  head.push('p50 alone, ms', 'p99, ms', 'App CPU, µs', 'Redis CPU, µs', 'Bytes', 'Commands', 'Failed');
  const rows = armsOf(table, 'redis').map(([name, arm]) => [
    name,
    spread(arm.perSecond),
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    spread(arm.p50Ms),
    spread(arm.p99Ms),
    spread(arm.alone.p50Ms),
    spread(arm.alone.p99Ms),
    number(arm.appCpuUs.median),
    number(arm.redisCpuUs.median),
    number(arm.wireBytes.median),
    counts(arm.commandsPerRequest),
    String(arm.failures),
  ]);
  const title = `## Hits in Redis, no tier in the process: ${linkTitle(table)}`;
  return [title, linkText(table), markdownTable(head, rows), NOTE].join('\n\n');
}

const NOTE =
  'Median (first to third quartile) over the rounds; ratios are of hits/s, round by round: median (least to most). CPU, bytes and ' +
  'executed commands are per hit at full load; CPU of the arm includes the loop that makes the load. Alone: one read in flight. ' +
  'A read that brings another product, or loads it, has failed.';

function armsOf(table, hits) {
  return Object.entries(table.arms).filter(([name]) => byName.get(name).hits === hits);
}
