import { markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkText, linkTitle } from '../../harness/sections.mjs';
import { ARMS } from './arms.mjs';

const byName = new Map(ARMS.map((arm) => [arm.name, arm]));

/** Decisions a second, latency and CPU of every arm that asks Redis, over one kind of link. */
export function decisionsSection(table, { connections }) {
  const head = ['Arm', 'Policies', 'Decisions/s', 'Holdfast ÷ arm', `p50 at ${connections} in flight, ms`];
  head.push('p99, ms', 'p50 alone, ms', 'p99, ms', 'App CPU, µs', 'Redis CPU, µs', 'Failed');
  const rows = armsOf(table, 'redis').map(([name, arm]) => [
    name,
    String(byName.get(name).policies),
    spread(arm.perSecond),
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    spread(arm.p50Ms),
    spread(arm.p99Ms),
    spread(arm.alone.p50Ms),
    spread(arm.alone.p99Ms),
    number(arm.appCpuUs.median),
    number(arm.redisCpuUs.median),
    String(arm.failures),
  ]);
  return [`## ${linkTitle(table)}`, linkText(table), markdownTable(head, rows), NOTE].join('\n\n');
}

const NOTE =
  'Median (first to third quartile) over the rounds; ratios are of decisions/s, round by round: median (least to most), ' +
  'to the arm of Holdfast with as many policies. CPU is per decision, of the process of the arm, which makes the load ' +
  'too, and of its Redis. Alone: one decision in flight. Failed decisions, refused or made without Redis, count in no other ' +
  'column.';

/** Refusals that never reach Redis. */
export function refusalsSection(table, { refusals }) {
  const rows = armsOf(table, 'memory').map(([name, arm]) => [
    name,
    spread(arm.perSecond),
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    number(arm.p50Ms.median * 1e6),
  ]);
  const head = ['Arm', 'Refusals/s', 'Holdfast ÷ arm', 'p50, ns'];
  return [
    '## Refusals',
    'From memory, one at a time:',
    markdownTable(head, rows),
    `By Redis: ${number(refusals.refusals)} refusals by all five algorithms moved master_repl_offset by ` +
      `${refusals.bytes} bytes; one allowed decision after them, by ${refusals.bytesOfOneAllowed}.`,
  ].join('\n\n');
}

/** What a key takes once its limit is used up. */
export function factsSection({ bytes, limit }) {
  const rows = Object.entries(bytes).map(([policy, most]) => [
    `\`${policy}\``,
    number(most),
    policy.endsWith('log') ? number(most / limit) : '–',
  ]);
  return [
    `## Bytes a key at its limit of ${limit}`,
    'The most that MEMORY USAGE gave for a key of each policy, used up hit by hit; `slid-`: under an overload of several windows.',
    markdownTable(['Policy', 'Bytes a key', 'Bytes a hit'], rows),
  ].join('\n\n');
}

function armsOf(table, answers) {
  return Object.entries(table.arms).filter(([name]) => byName.get(name).answers === answers);
}
