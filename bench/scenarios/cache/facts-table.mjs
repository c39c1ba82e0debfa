import { counts, markdownTable, number, spread } from '../../harness/format.mjs';

/** What an entry takes in Redis, and the end of a tag that many entries bear. */
export function entriesSection(entries) {
  const bytes = Object.entries(entries).map(([name, { overhead, withTags }]) => [
    name,
    number(overhead.mean),
    `${number(overhead.median)} (${number(overhead.min)}–${number(overhead.max)})`,
    `${overhead.keyBytes}: \`${overhead.key}\``,
    number(overhead.valueBytes),
    withTags ? number(withTags.mean) : '–',
  ]);
  const tags = Object.entries(entries).filter(([, { tag }]) => tag);
  const rows = tags.map(([name, { tag }]) => [
    name,
    counts(tag.commands),
    spread(tag.ms),
    number(tag.hitsAfter),
  ]);
  const head = [
    'Arm',
    'Bytes, mean',
    'Median (least–most)',
    'Of the key',
    'Of the value',
    'Mean with two tags',
  ];
  return [
    '## What an entry takes besides its key and value',
    'MEMORY USAGE of an entry less that of `SET <key> <JSON> PX`, over 200 values of 200 to 1991 bytes; the allocator rounds each of ' +
      'them up. Of the key and of the value: the bytes that are added to the one and to the other.',
    markdownTable(head, bytes),
    `## A tag of ${number(tags[0][1].tag.entries)} entries`,
    markdownTable(['Arm', 'Commands executed', 'Time, ms', 'Hits afterwards'], rows),
  ].join('\n\n');
}

const WAYS = { key: 'a key is removed', tag: 'a tag is invalidated', set: 'a new value is set' };

/** How long another process gives the old value. */
export function stalenessSection(staleness) {
  const rows = Object.entries(staleness).flatMap(([name, byWay]) =>
    Object.entries(byWay).map(([way, { changes, fromBegin, fromEnd }]) => [
      name,
      WAYS[way],
      number(changes),
      number(fromBegin.p50Ms),
      number(fromBegin.p99Ms),
      number(fromBegin.maxMs),
      number(fromEnd.p99Ms),
    ]),
  );
  const head = ['Arm', 'The change', 'Changes', 'p50, ms', 'p99, ms', 'Most, ms', 'p99 after its end, ms'];
  return [
    '## The old value on another replica',
    'From the moment at which one process calls for the change until another, which reads its own tier without a pause, is first given ' +
      'something else, a round trip to Redis included. The last column counts from when the change was reported done.',
    markdownTable(head, rows),
  ].join('\n\n');
}

/** One load for many callers of a whole fleet. */
export function stampedeSection(stampedes) {
  const [{ processes, callers, loadMs, repeats }] = Object.values(stampedes);
  const rows = Object.entries(stampedes).map(([name, { loads, lastAfterEndMs }]) => [
    name,
    `${number(loads.median)} (${number(loads.min)}–${number(loads.max)})`,
    `${number(lastAfterEndMs.median)} (${number(lastAfterEndMs.min)}–${number(lastAfterEndMs.max)})`,
  ]);
  return [
    '## A stampede',
    `${callers} callers on each of ${processes} processes of a key that takes ${loadMs} ms to load, ${repeats} times. Until when the last ` +
      'caller had its value is counted from the end of the last load; median (least to most).',
    markdownTable(['Arm', 'Loads', 'Last answer, ms after'], rows),
  ].join('\n\n');
}

/** A source that fails. */
export function failingSection(failing) {
  const rows = Object.entries(failing).flatMap(([name, kinds]) =>
    Object.entries(kinds).flatMap(([kind, { answers, ping }]) => {
      const old = kind === 'stale' ? 'within its grace' : 'none';
      const first = Object.entries(answers).map(([outcome, { first }]) => [outcome, 'first', first]);
      const later = Object.entries(answers).map(([outcome, { later }]) => [outcome, 'later', later]);
      const all = [...first, ...later, ['a PING meanwhile', 'all', ping]].filter(
        ([, , { count }]) => count > 0,
      );
      return all.map(([outcome, when, times]) => [name, old, when, outcome, ...timeCells(times)]);
    }),
  );
  const loads = Object.entries(failing).flatMap(([name, { stale, none }]) => [
    `${name} ${stale.loads.join(', ')} with an old value and ${none.loads.join(', ')} without`,
  ]);
  const head = [
    'Arm',
    'Old value',
    'Second',
    'Answer',
    'Answers',
    'p50, ms',
    'p99, ms',
    'p99.9, ms',
    'Most, ms',
  ];
  return [
    '## A source that fails',
    'Four processes with 500 calls a second each by the clock, of one key; a load fails after 100 ms. The PING is sent by another process ' +
      'in the same seconds. The first second is shown apart.',
    markdownTable(head, rows),
    `Loads of the fleet, second by second: ${loads.join('; ')}.`,
  ].join('\n\n');
}

const timeCells = ({ count, p50Ms, p99Ms, p999Ms, maxMs }) =>
  [count, p50Ms, p99Ms, p999Ms, maxMs].map(number);

/** What requests feel of a Redis that goes away. */
export function outageSection(outages) {
  const rows = Object.entries(outages).flatMap(([way, tiers]) =>
    Object.entries(tiers).map(([tier, outage]) => [
      way,
      tier === 'redis' ? 'Redis alone' : 'both, hot keys',
      number(outage.beforeMs.median),
      range(outage.slowestMs),
      range(outage.slow),
      range(outage.slowUntilMs),
      range(outage.laterP50Ms),
      range(outage.laterP99Ms),
      range(outage.recoveredMs),
      range(outage.backSlowestMs),
    ]),
  );
  const head = [
    'Redis is',
    'Tiers',
    'Before: p50, ms',
    'Slowest: slower by, ms',
    'Slower by over 1 ms',
    'until, ms',
  ];
  head.push('After 50 ms: p50, ms', 'p99, ms', 'Hits again after, ms', 'Slowest after, slower by, ms');
  return [
    '## Redis away',
    'A request of Holdfast every 2 ms by the clock, whether or not those before were answered; what it loads is there at once. Median ' +
      '(least to most) of outages of 1.5 to 4.7 s. A killed server comes back empty, on the same port.',
    markdownTable(head, rows),
  ].join('\n\n');
}

const range = ({ median, min, max }) => `${number(median)} (${number(min)}–${number(max)})`;
