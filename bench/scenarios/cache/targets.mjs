import { counts, number } from '../../harness/format.mjs';
import { atLeast, judgeNumber } from '../../harness/judge.mjs';
import { judgeFaults } from './fault-targets.mjs';

const TIMES_BENTOCACHE_LOCAL = 4;
const TIMES_CACHE_MANAGER_LOCAL = 10;
const TIMES_BENTOCACHE_REDIS = 1.5;
const ROUND_TRIPS = 1;
const STALENESS_MS = 5;
const BYTES_AN_ENTRY = 100;

/** The targets of this scenario, judged by the medians. */
export function judge({ profiles, facts, tables }) {
  return [
    ...['local', 'bunch'].flatMap((kind) => judgeProcess(kind, tables[0].arms)),
    ...tables.flatMap(judgeRedis),
    ...judgeRoundTrips(profiles),
    ...judgeTag(facts.entries?.holdfast.tag),
    ...judgeStaleness(facts.staleness?.holdfast),
    judgeNumber(
      'bytes an entry in Redis besides its key and value, mean over sizes',
      `≤ ${BYTES_AN_ENTRY}`,
      facts.entries?.holdfast.overhead.mean,
      (value) => value <= BYTES_AN_ENTRY,
    ),
    ...judgeFaults(facts),
    judgeFailures(tables),
  ];
}

function judgeProcess(kind, arms) {
  const ours = arms[`holdfast-${kind}`];
  const how = kind === 'local' ? 'one after the other' : '64 at once';
  const compare = (peer, times) =>
    atLeast(
      `hits/s in the process, ${how}, of ${peer}`,
      times,
      ours?.perSecond,
      arms[`${peer}-${kind}`]?.perSecond,
    );
  const silent = (commands) => Object.keys(commands).length === 0;
  return [
    compare('bentocache', TIMES_BENTOCACHE_LOCAL),
    compare('cache-manager', TIMES_CACHE_MANAGER_LOCAL),
    judgeNumber(`commands a hit in the process, ${how}`, '0', ours?.commandsPerRequest, silent, (commands) =>
      silent(commands) ? '0' : counts(commands),
    ),
  ];
}

function judgeRedis({ redisDelayMs, arms }) {
  const where = redisDelayMs > 0 ? `, Redis ${redisDelayMs} ms away` : '';
  return [
    ['redis', 'without tags'],
    ['redis-tags', 'with eight tags'],
  ].map(([kind, tags]) =>
    atLeast(
      `hits/s in Redis ${tags}, of bentocache${where}`,
      TIMES_BENTOCACHE_REDIS,
      arms[`holdfast-${kind}`]?.perSecond,
      arms[`bentocache-${kind}`]?.perSecond,
    ),
  );
}

function judgeRoundTrips(profiles) {
  return [
    ['redis', 'a hit in Redis'],
    ['redis-tags', 'a hit in Redis with eight tags that are not known'],
    ['miss', 'a miss until its load begins, the lease included'],
    ['miss-tags', 'the same with eight tags'],
  ].map(([kind, what]) =>
    judgeNumber(
      `round trips of ${what}`,
      String(ROUND_TRIPS),
      profiles[`holdfast-${kind}`]?.roundTrips,
      (roundTrips) => roundTrips === ROUND_TRIPS,
    ),
  );
}

/** One call of a script; what is in it, and the beats of the tier in the process, are shown beside it. */
function judgeTag(tag) {
  const name = 'a tag of 100 000 entries is invalidated';
  const scripts = tag && (tag.commands.evalsha ?? 0) + (tag.commands.eval ?? 0);
  return [
    judgeNumber(
      `calls of a script by which ${name}`,
      '1',
      scripts,
      (value) => value === 1 && total(tag.commands) <= 4,
      (value) => `${value} (${counts(tag.commands)})`,
    ),
    judgeNumber(`entries that are hits after ${name}`, '0', tag?.hitsAfter, (value) => value === 0, String),
  ];
}

/** A beat of the coherence may fall between the two looks at the counts. */
const total = ({ publish: _beats, ...commands }) =>
  Object.values(commands).reduce((sum, count) => sum + count, 0);

function judgeStaleness(staleness) {
  return [
    ['key', 'a key is removed'],
    ['tag', 'a tag is invalidated'],
    ['set', 'a value is set'],
  ].map(([way, what]) =>
    judgeNumber(
      `p99 until another replica sees that ${what}, ms`,
      `≤ ${STALENESS_MS}`,
      staleness?.[way].fromBegin.p99Ms,
      (value) => value <= STALENESS_MS,
    ),
  );
}

function judgeFailures(tables) {
  const ours = tables
    .flatMap(({ arms }) => Object.entries(arms))
    .filter(([arm]) => arm.startsWith('holdfast'));
  const failures = ours.length > 0 ? ours.reduce((sum, [, arm]) => sum + arm.failures, 0) : undefined;
  return judgeNumber('failed reads of all arms of Holdfast', '0', failures, (count) => count === 0, number);
}
