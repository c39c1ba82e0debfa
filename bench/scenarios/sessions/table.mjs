import { markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkText, linkTitle } from '../../harness/sections.mjs';
import { ARMS } from './arms.mjs';

const drivers = new Set(ARMS.filter(({ kind }) => kind === 'driver').map(({ name }) => name));

/** Uses a second, latency, CPU and bytes of the stores alone, over one kind of link. */
export function storesSection(table, { connections }) {
  const head = [
    'Store',
    'Uses/s',
    'Holdfast sliding ÷ arm',
    `p50 at ${connections} in flight, ms`,
    'p99, ms',
  ];
  head.push('p50 alone, ms', 'p99, ms', 'App CPU, µs', 'Redis CPU, µs', 'Bytes', 'Failed');
  const rows = armsOf(table, true).map(([name, arm]) => [
    ...loadCells(name, arm),
    spread(arm.alone.p50Ms),
    spread(arm.alone.p99Ms),
    ...costCells(arm),
  ]);
  const title = `## The stores, in process: ${linkTitle(table)}`;
  return [title, linkText(table), markdownTable(head, rows), NOTE].join('\n\n');
}

/** The same of a route behind a session. */
export function appsSection(table, { connections, rate }) {
  const head = ['App', 'Requests/s', 'Holdfast ÷ arm', `p50 at ${connections} in flight, ms`, 'p99, ms'];
  head.push(`p50 at ${rate}/s, ms`, 'p99, ms', 'App CPU, µs', 'Redis CPU, µs', 'Bytes', 'Failed', 'Load CPU');
  const rows = armsOf(table, false).map(([name, arm]) => [
    ...loadCells(name, arm),
    spread(arm.paced.p50Ms),
    spread(arm.paced.p99Ms),
    ...costCells(arm),
    `${Math.round(arm.loadCpuShare.median * 100)} %`,
  ]);
  return [`## A route behind a session: ${linkTitle(table)}`, markdownTable(head, rows)].join('\n\n');
}

const NOTE =
  'Median (first to third quartile) over the rounds; ratios are of uses/s, round by round: median (least to most). CPU and ' +
  'bytes between the arm and its Redis, both directions, are per use, at full load. Failed uses, refused or given ' +
  "another user's session, count in no other column.";

function loadCells(name, arm) {
  return [
    name,
    spread(arm.perSecond),
    arm.holdfastTo ? ratio(arm.holdfastTo) : '–',
    spread(arm.p50Ms),
    spread(arm.p99Ms),
  ];
}

function costCells(arm) {
  return [
    number(arm.appCpuUs.median),
    number(arm.redisCpuUs.median),
    number(arm.wireBytes.median),
    String(arm.failures),
  ];
}

/** What sessions take, and what it takes to end all of one user's. */
export function factsSection(facts) {
  const head = ['Store', 'Bytes a session', 'Revoke all, ms', 'Round trips', 'Bytes on the wire'];
  const rows = Object.entries(facts).map(([name, { bytes, revokeAll }]) => [
    name,
    number(bytes),
    revokeAll ? spread(revokeAll.ms) : '–',
    revokeAll ? number(revokeAll.roundTrips) : '–',
    revokeAll ? number(revokeAll.bytes) : '–',
  ]);
  const { users } = facts.holdfast;
  const { devices } = facts.holdfast.revokeAll;
  return [
    '## Memory, and the end of all sessions of a user',
    `Bytes: used_memory after less used_memory before ${number(users)} users with one session each. Revoke all: ${number(devices)} ` +
      `sessions of one user, among those ${number(users)}; connect-redis has no index, so all sessions are read.`,
    markdownTable(head, rows),
  ].join('\n\n');
}

/** Whether the time of a refusal tells what is wrong with a token. */
export function refusalsSection({ holdfast: { refusals } }) {
  const rows = Object.entries(refusals).map(([kind, us]) => [kind, spread(us)]);
  return [
    '## The time of a refusal, by the token',
    'One at a time, the kinds in random order, in process.',
    markdownTable(['Token', 'µs'], rows),
  ].join('\n\n');
}

function armsOf(table, isDriver) {
  return Object.entries(table.arms).filter(([name]) => drivers.has(name) === isDriver);
}
