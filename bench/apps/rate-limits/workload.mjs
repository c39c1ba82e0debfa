// What every limiter is asked: a thousand clients in turn, under a limit that none of them reaches.
import { serveDriver } from '../common/driver.mjs';

export const WINDOW_MS = 4000;
export const NEVER_REACHED = 1_000_000_000;

/** The names that the policies of one request have with every limiter. */
export const ONE_POLICY = ['default'];
export const THREE_POLICIES = ['short', 'medium', 'long'];

const CLIENTS = Array.from({ length: 1000 }, (_, index) => `10.20.${index >> 8}.${index & 255}`);

/**
 * Proves that a limiter limits, then lets the harness drive it: one operation is one request of the next client, and
 * fails when it is refused.
 *
 * @param {(limit: number) => (client: string) => Promise<boolean>} makeLimiter gives, for a limit in WINDOW_MS, what says
 *   whether a request is allowed, and counts it
 */
export async function serveLimiter(makeLimiter) {
  await assertLimits(makeLimiter(2));
  const isAllowed = makeLimiter(NEVER_REACHED);
  let turn = 0;
  serveDriver(() => isAllowed(CLIENTS[turn++ % CLIENTS.length]));
}

async function assertLimits(isAllowed) {
  const answers = [];
  for (let hit = 0; hit < 3; hit += 1) answers.push(await isAllowed('192.0.2.1'));
  if (answers.join() !== 'true,true,false') throw new Error(`A limit of 2 answered ${answers.join()}.`);
}
