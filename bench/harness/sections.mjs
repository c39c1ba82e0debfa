import { counts, markdownTable, number, total } from './format.mjs';

/** The head of a table over one kind of link. */
export function linkTitle({ redisDelayMs }) {
  return redisDelayMs > 0 ? `Redis ${redisDelayMs} ms away in each direction` : 'Redis on loopback';
}

/** What a PING takes over a link, and how well its delay was kept. */
export function linkText({ redisDelayMs, link, arms }) {
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

/**
 * What one operation sends to Redis.
 *
 * @param {string} operation its name in the title
 */
export function linkSection(operation, profiles, table) {
  const head = ['Arm', 'Round trips', 'Commands sent', 'Commands executed', 'Executed under load'];
  head.push('Bytes to Redis', 'Bytes from Redis', 'Connections');
  const rows = Object.entries(profiles).map(([name, profile]) => [
    name,
    `${number(profile.roundTrips)}${profile.roundTripsAfterAnswer ? ` + ${number(profile.roundTripsAfterAnswer)} after the answer` : ''}`,
    `${number(total(profile.sent))}: ${counts(profile.sent)}`,
    `${number(total(profile.executed))}: ${counts(profile.executed)}`,
    table.arms[name] ? counts(table.arms[name].commandsPerRequest) : '–',
    number(profile.bytesToRedis),
    number(profile.bytesFromRedis),
    number(profile.connections),
  ]);
  return (
    `## One ${operation} on the way to Redis\n\nCounted at a proxy, one ${operation} at a time, and in INFO ` +
    `commandstats.\n\n${markdownTable(head, rows)}`
  );
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
