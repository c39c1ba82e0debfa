import { atLeast, judgeNumber } from '../../harness/judge.mjs';
import { OPERATIONS, rowOf } from './arms.mjs';

const ROUND_TRIPS = 1;
/** Of what the raw commands do a second. */
const LEAST_SHARE = { submit: 0.6, increment: 0.6, top: 0.85, member: 0.85, neighbours: 0.85 };
const EXACT_BYTES_A_MEMBER = 220;
const PLAIN_SHARE_OF_RAW_BYTES = 1.15;
const BITS_A_USER_AND_DAY = 4;

const OURS = ['holdfast-exact', 'holdfast-plain'];

/** The targets of this scenario, judged by the medians. */
export function judge({ profiles, memory, tables, activity }) {
  return [
    ...OURS.flatMap((arm) => judgeRoundTrips(profiles, arm)),
    ...OURS.flatMap((arm) => judgeThroughput(tables[0].arms, arm)),
    ...judgeMemory(memory),
    judgeActivity(activity),
    judgeFailures(tables),
  ];
}

function judgeRoundTrips(profiles, arm) {
  return Object.entries(OPERATIONS).map(([operation, title]) =>
    judgeNumber(
      `round trips: ${title}, ${arm}`,
      String(ROUND_TRIPS),
      profiles[rowOf(operation, arm)]?.roundTrips,
      (value) => value <= ROUND_TRIPS,
    ),
  );
}

function judgeThroughput(arms, arm) {
  return Object.entries(LEAST_SHARE).map(([operation, share]) => {
    const [ours, raw] = [arms[rowOf(operation, arm)], arms[rowOf(operation, 'raw')]];
    return atLeast(
      `a second, of raw: ${OPERATIONS[operation]}, ${arm}`,
      share,
      ours?.perSecond,
      raw?.perSecond,
    );
  });
}

function judgeMemory({ 'holdfast-exact': exact, 'holdfast-plain': plain, raw }) {
  const share = plain && raw && plain.short.bytes / raw.short.bytes;
  const under = (name, most, value) => judgeNumber(name, `≤ ${most}`, value, (measured) => measured <= most);
  return [
    under('bytes a member all told, holdfast-exact', EXACT_BYTES_A_MEMBER, exact?.short.bytes),
    under('bytes a member, of raw, holdfast-plain', PLAIN_SHARE_OF_RAW_BYTES, share),
  ];
}

function judgeActivity(activity) {
  return judgeNumber(
    'bits a known user and day of daily active users, 30 % active',
    `≤ ${BITS_A_USER_AND_DAY}`,
    activity?.bitsAUserAndDay,
    (value) => value <= BITS_A_USER_AND_DAY,
  );
}

function judgeFailures(tables) {
  const ours = tables
    .flatMap(({ arms }) => Object.entries(arms))
    .filter(([row]) => OURS.some((arm) => row.endsWith(arm)));
  const failures = ours.length > 0 ? ours.reduce((sum, [, row]) => sum + row.failures, 0) : undefined;
  return judgeNumber('failed operations of Holdfast', '0', failures, (count) => count === 0, String);
}
