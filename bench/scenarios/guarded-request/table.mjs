import { markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkText, linkTitle } from '../../harness/sections.mjs';

/** Requests a second, latency and CPU of every arm over one kind of link. */
export function loadSection(table, options) {
  const head = [
    'Arm',
    'Requests/s',
    '÷ bare',
    'Holdfast ÷ arm',
    `p50 at ${options.connections} in flight, ms`,
  ];
  head.push(
    'p99, ms',
    `p50 at ${options.rate}/s, ms`,
    'p99, ms',
    'App CPU, µs',
    'Redis CPU, µs',
    'Load CPU',
    'Failed',
  );
  const rows = Object.entries(table.arms).map(([name, arm]) => [
    name,
    spread(arm.perSecond),
    arm.toBare ? ratio(arm.toBare) : '–',
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    spread(arm.p50Ms),
    spread(arm.p99Ms),
    arm.paced ? spread(arm.paced.p50Ms) : '–',
    arm.paced ? spread(arm.paced.p99Ms) : '–',
    number(arm.appCpuUs.median),
    number(arm.redisCpuUs.median),
    arm.loadCpuShare ? `${Math.round(arm.loadCpuShare.median * 100)} %` : '–',
    String(arm.failures),
  ]);
  return [`## ${linkTitle(table)}`, linkText(table), markdownTable(head, rows), NOTE].join('\n\n');
}

const NOTE =
  'Median (first to third quartile) over the rounds; ratios are of requests/s, round by round: median (least to most). ' +
  'CPU is per request, of the process of the arm and of its Redis. Load CPU is the share of one core that the load ' +
  'generator used: near 100 % it is the limit, and the arm could do more. Failed requests count in no other column.';
