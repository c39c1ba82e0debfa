import { atLeast, atMost, judgeNumber } from '../../harness/judge.mjs';

const ROUND_TRIPS = 1;
const SHARE_OF_BARE = 0.7;
const TIMES_PEERS = 1.5;
const SHARE_OF_PEERS_P99 = 0.5;

/** The targets of this scenario, judged by the medians. */
export function judge({ profiles, tables }) {
  const judgements = [judgeRoundTrips(profiles.holdfast)];
  for (const table of tables) judgements.push(...judgeTable(table));
  return judgements;
}

function judgeRoundTrips(profile) {
  const most = (roundTrips) => roundTrips <= ROUND_TRIPS;
  return judgeNumber('Redis round trips of a request', String(ROUND_TRIPS), profile?.roundTrips, most);
}

function judgeTable({ redisDelayMs, arms }) {
  const where = redisDelayMs > 0 ? `, Redis ${redisDelayMs} ms away` : '';
  const { holdfast, bare, peers } = arms;
  const judgements = [
    atLeast(`requests/s, of bare${where}`, SHARE_OF_BARE, holdfast?.perSecond, bare?.perSecond),
    atLeast(`requests/s, of the peers' stack${where}`, TIMES_PEERS, holdfast?.perSecond, peers?.perSecond),
    atMost(
      `p99 at full load, of the peers' stack${where}`,
      SHARE_OF_PEERS_P99,
      holdfast?.p99Ms,
      peers?.p99Ms,
    ),
    atMost(
      `p99 at a fixed rate, of the peers' stack${where}`,
      SHARE_OF_PEERS_P99,
      holdfast?.paced?.p99Ms,
      peers?.paced?.p99Ms,
    ),
  ];
  judgements.push(noFailures(`failed requests${where}`, holdfast));
  // The share of bare is asked for on loopback only: bare has no Redis whose distance it could feel.
  return redisDelayMs > 0 ? judgements.slice(1) : judgements;
}

function noFailures(name, arm) {
  return judgeNumber(name, '0', arm?.failures, (failures) => failures === 0, String);
}
