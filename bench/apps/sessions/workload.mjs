// What every store of sessions is asked: to load and slide the sessions of many users in turn.
import { serveDriver } from '../common/driver.mjs';
import { contentOf, isContentOf, userName } from './content.mjs';

/**
 * So many that a tenth of an idle timeout of 7.5 seconds has passed when a user comes again, at up to 133 000 uses a
 * second, and not all of it, from 14 000 on: where each use must slide its session, it does.
 */
const USERS = 100_000;
const IN_FLIGHT = 64;
/** Sessions of a short life are used after so many logins, or the first would have expired before the last is made. */
const LOGINS_BETWEEN_USES = 20_000;

/**
 * @typedef {object} Sessions
 * @property {(content: object) => Promise<string>} create gives the credential of a new session
 * @property {(credential: string) => Promise<object | undefined>} use loads and slides: what the session holds, or
 *   undefined when there is none
 * @property {boolean} [isShortLived] whether sessions expire within the making of all of them
 * @property {(credential: string) => Promise<object | undefined>} [read] the same with all that it holds, where a use
 *   leaves something out
 */

/**
 * Proves that the sessions are kept and that strangers are refused, then lets the harness drive the use of the next
 * user's session. A use that gives another user's session, or none, has failed.
 *
 * @param {Sessions} sessions
 */
export async function serveSessions(sessions) {
  const credentials = await createSessions(sessions, USERS);
  for (const index of [0, USERS - 1]) {
    const session = await (sessions.read ?? sessions.use)(credentials[index]);
    if (!session || !isContentOf(index, session)) throw new Error(`Session ${index} was not kept.`);
  }
  await assertRefused(sessions, strangerOf(credentials[0]));
  // From the middle on, so that also the first use comes a while after the session was made, and not too late.
  let turn = USERS / 2;
  serveDriver(async () => {
    const index = turn++ % USERS;
    const session = await sessions.use(credentials[index]);
    return session?.userId === userName(index);
  });
}

/** One session of each user. */
export async function createSessions(sessions, users) {
  const credentials = [];
  for (let from = 0; from < users; from += LOGINS_BETWEEN_USES) {
    const more = Math.min(LOGINS_BETWEEN_USES, users - from);
    await inFlight(more, async (index) => {
      credentials[from + index] = await sessions.create(contentOf(from + index));
    });
    if (sessions.isShortLived)
      await inFlight(credentials.length, (index) => sessions.use(credentials[index]));
  }
  return credentials;
}

async function inFlight(count, work) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** @throws Error when the session is there */
export async function assertRefused(sessions, credential) {
  if (await sessions.use(credential)) throw new Error('A session was given that is not there.');
}

/** What looks like a credential and was never given out. */
export function strangerOf(credential) {
  return credential.slice(0, -8) + (credential.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA');
}
