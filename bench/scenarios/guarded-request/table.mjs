import { counts, markdownTable, number, ratio, spread, total } from '../../harness/format.mjs';

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

function linkTitle({ redisDelayMs }) {
  return redisDelayMs > 0 ? `Redis ${redisDelayMs} ms away in each direction` : 'Redis on loopback';
}

function linkText({ redisDelayMs, link, arms }) {
  const direct = `A PING takes ${number(link.direct.median)} ms directly`;
  if (redisDelayMs === 0) return `${direct}.`;
  const added = link.delayed.median - link.direct.median;
  const proxy = link.throughProxy.median - link.direct.median;
  const late = Object.entries(arms).filter(([, arm]) => arm.lateness);
  const lateText = late.map(
    ([name, { lateness }]) => `${name} ${number(lateness.p50Ms)} / ${number(lateness.p99Ms)}`,
  );
  return (
    `${direct} and ${number(link.delayed.median)} ms through the delaying proxy: it adds ${number(added)} ms to a round ` +
    `trip, where ${number(2 * redisDelayMs)} were asked (a proxy without delay adds ${number(proxy)} ms). The proxy is ` +
    `one more process on the same cores; under load it forwards later than asked by (p50 / p99, ms): ${lateText.join('; ')}.`
  );
}

/** What one request sends to Redis. */
export function linkSection(profiles, table) {
  const head = ['Arm', 'Round trips', 'Commands sent', 'Commands executed', 'Executed under load'];
  head.push('Bytes to Redis', 'Bytes from Redis', 'Connections');
  const rows = Object.entries(profiles).map(([name, profile]) => [
    name,
    `${number(profile.roundTrips)}${profile.roundTripsAfterAnswer ? ` + ${number(profile.roundTripsAfterAnswer)} after the answer` : ''}`,
    `${number(total(profile.sent))}: ${counts(profile.sent)}`,
    `${number(total(profile.executed))}: ${counts(profile.executed)}`,
    counts(table.arms[name].commandsPerRequest),
    number(profile.bytesToRedis),
    number(profile.bytesFromRedis),
    number(profile.connections),
  ]);
  return `## One request on the way to Redis\n\nCounted at a proxy, one request at a time, and in INFO commandstats.\n\n${markdownTable(head, rows)}`;
}

/** The keys that an arm leaves, and what they take. */
export function memorySection(table) {
  const rows = Object.entries(table.arms).flatMap(([name, { memory }]) =>
    memory.groups.map(({ shape, keys, bytesPerKey }) => [
      name,
      `\`${shape}\``,
      number(keys),
      number(bytesPerKey),
    ]),
  );
  return `## Keys left, with MEMORY USAGE\n\n${markdownTable(['Arm', 'Key', 'Keys', 'Bytes a key'], rows)}`;
}
