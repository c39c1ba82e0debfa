import { counts, number, total } from '../../harness/format.mjs';
import { atLeast, atMost, judgeNumber } from '../../harness/judge.mjs';

const ROUND_TRIPS = 1;
const REFUSALS_A_SECOND = 1_000_000;
const TIMES_NEST_LAB = 4;
const TIMES_RATE_LIMITER_FLEXIBLE = 2.5;
const SHARE_OF_THREE_INCREMENTS = 0.4;
const BYTES_A_LOGGED_HIT = 5;

/** Commands that the script of an allowed decision may call. */
const CALLS = {
  holdfast: 2,
  'holdfast-token': 2,
  'holdfast-leaky': 2,
  'holdfast-log': 3,
  'holdfast-counter': 3,
};

/** Bytes that a key may take, by the names that facts.mjs gives. */
const BYTES = { fixed: 128, token: 128, leaky: 128, counter: 160, 'slid-counter': 160 };

/** Not called by the script, or called once a script, however many decisions it makes. */
const SHARED = new Set(['eval', 'evalsha', 'time']);

/** The targets of this scenario, judged by the medians. */
export function judge({ profiles, facts, tables }) {
  return [
    ...judgeRoundTrips(profiles),
    ...Object.entries(CALLS).map(([arm, most]) => judgeCalls(arm, most, tables[0].arms[arm])),
    judgeWrites(facts.refusals),
    ...judgeSpeed(tables[0].arms),
    ...tables.flatMap(judgeLatency),
    judgeFailures(tables),
    ...judgeBytes(facts),
  ];
}

function judgeRoundTrips(profiles) {
  return [
    ['one policy', profiles.holdfast],
    ['three policies', profiles['holdfast-three']],
    ['sixteen policies', profiles['holdfast-sixteen']],
  ].map(([what, profile]) => {
    const most = (roundTrips) => roundTrips <= ROUND_TRIPS;
    return judgeNumber(`round trips, ${what}`, String(ROUND_TRIPS), profile?.roundTrips, most);
  });
}

function judgeCalls(arm, most, measured) {
  const commands = measured && Object.entries(measured.commandsPerRequest);
  const own = commands && Object.fromEntries(commands.filter(([name]) => !SHARED.has(name)));
  const name = `redis.call an allowed decision under load, ${arm} (and TIME, once a script)`;
  // A client that expires between two of them makes the first decision of its window differ by one.
  return judgeNumber(
    name,
    `≤ ${most}`,
    own,
    (each) => total(each) <= most + 0.005,
    (each) => describe(each, measured),
  );
}

function describe(own, { commandsPerRequest: { time = 0 } }) {
  return `${number(total(own))}: ${counts(own)} (time ${number(time)})`;
}

function judgeWrites({ refusals, bytes, bytesOfOneAllowed }) {
  const measured = () => `${bytes} (one allowed: ${bytesOfOneAllowed})`;
  const reaches = () => bytes === 0 && bytesOfOneAllowed > 0;
  return judgeNumber(`bytes written by ${number(refusals)} refusals of Redis`, '0', bytes, reaches, measured);
}

function judgeSpeed(arms) {
  const { holdfast, 'nest-lab': nestLab, 'rate-limiter-flexible': flexible } = arms;
  const refused = arms['holdfast-refused']?.perSecond.median;
  return [
    atLeast('checks/s, of nest-lab', TIMES_NEST_LAB, holdfast?.perSecond, nestLab?.perSecond),
    atLeast(
      'checks/s, of rate-limiter-flexible',
      TIMES_RATE_LIMITER_FLEXIBLE,
      holdfast?.perSecond,
      flexible?.perSecond,
    ),
    judgeNumber(
      'refusals/s from memory',
      `≥ ${number(REFUSALS_A_SECOND)}`,
      refused,
      (value) => value >= REFUSALS_A_SECOND,
    ),
  ];
}

function judgeLatency({ redisDelayMs, arms }) {
  const where = redisDelayMs > 0 ? `, Redis ${redisDelayMs} ms away` : '';
  const { 'holdfast-three': ours, 'nest-lab-three': theirs } = arms;
  const judgeP50 = (load, of) =>
    atMost(
      `p50 of three policies ${load}, of nest-lab's three increments${where}`,
      SHARE_OF_THREE_INCREMENTS,
      of(ours),
      of(theirs),
    );
  return [judgeP50('at full load', (arm) => arm?.p50Ms), judgeP50('alone', (arm) => arm?.alone.p50Ms)];
}

function judgeFailures(tables) {
  const ours = tables
    .flatMap(({ arms }) => Object.entries(arms))
    .filter(([arm]) => arm.startsWith('holdfast'));
  const failures = ours.length > 0 ? ours.reduce((sum, [, arm]) => sum + arm.failures, 0) : undefined;
  return judgeNumber(
    'failed decisions of all arms of Holdfast',
    '0',
    failures,
    (count) => count === 0,
    String,
  );
}

function judgeBytes({ bytes, limit }) {
  const keys = Object.entries(BYTES).map(([policy, most]) =>
    judgeNumber(`bytes a key, \`${policy}\``, `≤ ${most}`, bytes[policy], (value) => value <= most),
  );
  const hits = ['log', 'slid-log'].map((policy) =>
    judgeNumber(
      `bytes a hit, \`${policy}\` at a limit of ${limit}`,
      `≤ ${BYTES_A_LOGGED_HIT}`,
      bytes[policy] / limit,
      (value) => value <= BYTES_A_LOGGED_HIT,
    ),
  );
  return [...keys, ...hits];
}
