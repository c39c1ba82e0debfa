// What is counted apart from the rounds: memory, the end of all sessions of one user, and what refusals take.
import { performance } from 'node:perf_hooks';
import { serveJobs } from '../common/driver.mjs';
import { contentOf } from './content.mjs';
import { timeRefusals } from './refusals.mjs';
import { assertRefused, createSessions } from './workload.mjs';

const MANY_DEVICES = 9_999_999;

/**
 * @param {import('./workload.mjs').Sessions & { revokeAll?: (userId: string) => Promise<number> }} sessions
 */
export function serveFacts(sessions) {
  const { userId } = contentOf(MANY_DEVICES);
  let last;
  serveJobs({
    /** One session of each of many users. */
    async fill({ users }) {
      const credentials = await createSessions(sessions, users);
      if (!(await sessions.use(credentials[users - 1]))) throw new Error('A session was not kept.');
    },
    /** Many sessions of one user. */
    async login({ count }) {
      for (let device = 0; device < count; device += 1) {
        last = await sessions.create(contentOf(MANY_DEVICES));
      }
      if (!(await sessions.use(last))) throw new Error('A session of the user was not kept.');
    },
    /** The end of all of that user's. */
    async revokeAll() {
      const from = performance.now();
      const revoked = await sessions.revokeAll(userId);
      const ms = performance.now() - from;
      await assertRefused(sessions, last);
      return { ms, revoked };
    },
    /** The times of refusals, by the kind of the token. */
    async refusals({ count }) {
      return { times: await timeRefusals(sessions, count) };
    },
  });
}
