import { number } from '../../harness/format.mjs';
import { atLeast, atMost, judgeNumber } from '../../harness/judge.mjs';

const ROUND_TRIPS = 1;
const TIMES_CONNECT_REDIS = 1.8;
const TIMES_FASTIFY_SESSION = 2;
const SHARE_OF_BYTES = 0.4;
const BYTES_A_SESSION = 600;
const SHARE_OF_SLIDES = 0.99;

/** The targets of this scenario, judged by the medians. */
export function judge({ profiles, facts, tables }) {
  return [
    ...['holdfast-store', 'holdfast-store-sliding', 'holdfast'].map((arm) =>
      judgeRoundTrips(`round trips of a use, ${arm}`, profiles[arm]?.roundTrips),
    ),
    judgeRoundTrips('round trips of revoking 1000 sessions of a user', facts.holdfast.revokeAll.roundTrips),
    judgeSlides(tables[0].arms['holdfast-store-sliding']),
    ...tables.flatMap(judgeSpeed),
    ...judgeBytes(tables[0].arms, profiles),
    ...judgeMemory(facts),
    judgeRefusals(facts.holdfast.refusals),
    judgeFailures(tables),
  ];
}

function judgeRoundTrips(name, roundTrips) {
  return judgeNumber(name, String(ROUND_TRIPS), roundTrips, (value) => value <= ROUND_TRIPS);
}

/** Or the arm would not be what its name says. */
function judgeSlides(arm) {
  const slides = arm && (arm.commandsPerRequest.hset ?? 0);
  const name = 'writes a use, holdfast-store-sliding';
  return judgeNumber(name, `≥ ${SHARE_OF_SLIDES}`, slides, (value) => value >= SHARE_OF_SLIDES);
}

function judgeSpeed({ redisDelayMs, arms }) {
  const where = redisDelayMs > 0 ? `, Redis ${redisDelayMs} ms away` : '';
  return [
    ['every use slides', 'holdfast-store-sliding', '-store'],
    ['slides are rare', 'holdfast-store', '-store'],
    ['over HTTP', 'holdfast', ''],
  ].flatMap(([what, ours, suffix]) => [
    compareSpeed(`uses/s, ${what}${where}`, TIMES_CONNECT_REDIS, arms[ours], arms, `connect-redis${suffix}`),
    compareSpeed(
      `uses/s, ${what}${where}`,
      TIMES_FASTIFY_SESSION,
      arms[ours],
      arms,
      `fastify-session${suffix}`,
    ),
  ]);
}

function compareSpeed(what, times, ours, arms, theirs) {
  return atLeast(`${what}, of ${theirs}`, times, ours?.perSecond, arms[theirs]?.perSecond);
}

/** One use at a time by the profile, and at full load, where uses share a command. */
function judgeBytes(arms, profiles) {
  return ['connect-redis-store', 'fastify-session-store'].flatMap((theirs) => {
    const [own, other] = [profiles['holdfast-store'], profiles[theirs]];
    const share = own && other && bytesOf(own) / bytesOf(other);
    return [
      judgeNumber(
        `bytes on the wire of one use, of ${theirs}`,
        `≤ ${SHARE_OF_BYTES}`,
        share,
        (value) => value <= SHARE_OF_BYTES,
      ),
      atMost(
        `bytes on the wire a use at full load, of ${theirs}`,
        SHARE_OF_BYTES,
        arms['holdfast-store']?.wireBytes,
        arms[theirs]?.wireBytes,
      ),
    ];
  });
}

const bytesOf = ({ bytesToRedis, bytesFromRedis }) => bytesToRedis + bytesFromRedis;

function judgeMemory({ holdfast, 'connect-redis': connectRedis }) {
  const name = 'bytes a session all told';
  return [
    judgeNumber(name, `≤ ${BYTES_A_SESSION}`, holdfast.bytes, (value) => value <= BYTES_A_SESSION),
    judgeNumber(
      `${name}, below connect-redis' own`,
      `< ${number(connectRedis.bytes)}`,
      holdfast.bytes,
      (value) => value < connectRedis.bytes,
    ),
  ];
}

/** The medians of the kinds lie closer together than the quartiles of one kind. */
function judgeRefusals(refusals) {
  const kinds = Object.values(refusals);
  const medians = kinds.map(({ median }) => median);
  const noise = Math.min(...kinds.map(({ q1, q3 }) => q3 - q1));
  const apart = Math.max(...medians) - Math.min(...medians);
  const name = 'µs between the medians of refusals, by what is wrong with the token';
  return judgeNumber(name, `≤ ${number(noise)}, the quartiles of one kind`, apart, (value) => value <= noise);
}

function judgeFailures(tables) {
  const ours = tables
    .flatMap(({ arms }) => Object.entries(arms))
    .filter(([arm]) => arm.startsWith('holdfast'));
  const failures = ours.length > 0 ? ours.reduce((sum, [, arm]) => sum + arm.failures, 0) : undefined;
  return judgeNumber('failed uses of all arms of Holdfast', '0', failures, (count) => count === 0, String);
}
