import { counts, markdownTable, number, ratio, spread } from '../../harness/format.mjs';
import { linkTitle } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { OPERATIONS, rowOf } from './arms.mjs';

/** The rows of a table that are there, operation by operation, with the floor's for comparison. */
function rowsOf({ arms }, armNames, cells) {
  return Object.entries(OPERATIONS).flatMap(([operation, title]) =>
    armNames.flatMap((name) => {
      const row = arms[rowOf(operation, name)];
      const floor = name === 'raw' ? undefined : arms[rowOf(operation, 'raw')];
      return row ? [[title, name, ...cells(row, floor)]] : [];
    }),
  );
}

const times = (of, row, floor) => (floor ? ratio(pairedRatio(of(row).values, of(floor).values)) : '–');

/** Operations a second and what they cost, Redis on loopback. */
export function throughputSection(table, armNames, { members, windowedMembers }, { connections }) {
  const head = [
    'Operation',
    'Arm',
    'A second',
    'Arm ÷ raw',
    `p50 at ${connections} in flight, ms`,
    'p99, ms',
  ];
  head.push('App CPU, µs', 'Redis CPU, µs', 'Bytes', 'Commands executed', 'Failed');
  const rows = rowsOf(table, armNames, (row, floor) => [
    spread(row.perSecond),
    times(({ perSecond }) => perSecond, row, floor),
    spread(row.p50Ms),
    spread(row.p99Ms),
    number(row.appCpuUs.median),
    number(row.redisCpuUs.median),
    number(row.wireBytes.median),
    counts(row.commandsPerRequest),
    String(row.failures),
  ]);
  return [
    `## Boards of ${number(members)} members: ${linkTitle(table)}`,
    `A PING takes ${number(table.link.direct.median)} ms. The board of four windows has ${number(windowedMembers)} members in each.`,
    markdownTable(head, rows),
    'Median (first to third quartile) over the rounds; ratios are of operations a second, round by round: median (least to most). ' +
      'CPU, bytes and executed commands are per operation at full load; CPU of the arm includes the loop that makes the load. An ' +
      'operation whose answer is not whole has failed.',
  ].join('\n\n');
}

/** One operation at a time, Redis further away. */
export function aloneSection(table, armNames) {
  const rows = rowsOf(table, armNames, (row, floor) => [
    spread(row.p50Ms),
    times(({ p50Ms }) => p50Ms, row, floor),
    spread(row.p99Ms),
    String(row.failures),
  ]);
  return [
    `## One at a time: ${linkTitle(table)}`,
    `A PING takes ${number(table.link.direct.median)} ms directly and ${number(table.link.delayed.median)} ms through the delaying proxy.`,
    markdownTable(['Operation', 'Arm', 'p50, ms', 'Arm ÷ raw', 'p99, ms', 'Failed'], rows),
  ].join('\n\n');
}

/** What a member takes, all told. */
export function memorySection(memory) {
  const own = (name, ids) => memory[name][ids].bytes;
  const rows = Object.keys(memory).flatMap((name) =>
    Object.entries(memory[name]).map(([ids, { members, bytes, perSecond }]) => [
      name,
      ids === 'short' ? '15 bytes' : 'UUID, 36 bytes',
      number(members),
      number(bytes),
      memory.raw && name !== 'raw' ? number(bytes / own('raw', ids)) : '–',
      number(perSecond),
    ]),
  );
  return [
    '## Memory',
    'used_memory after less used_memory before the members were loaded, a thousand in a call, divided by their number.',
    markdownTable(['Arm', 'Id', 'Members', 'Bytes a member', 'Arm ÷ raw', 'Members loaded a second'], rows),
  ].join('\n\n');
}

/** What active users take. */
export function activitySection(activity) {
  const rows = Object.entries(activity).map(([fact, value]) => [
    fact,
    typeof value === 'number' ? number(value) : String(value),
  ]);
  return ['## Active users', markdownTable(['What', 'Measured'], rows)].join('\n\n');
}
