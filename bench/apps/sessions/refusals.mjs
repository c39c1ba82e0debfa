// How long each kind of token that opens nothing takes to be refused: alone, one kind after the other, again and again.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentOf } from './content.mjs';
import { strangerOf } from './workload.mjs';

const FIRST_USER = 8_000_000;
const WARM_UP = 2000;

/**
 * @param {import('./workload.mjs').Sessions} sessions
 * @param {number} rounds
 * @returns {Promise<Record<string, number[]>>} microseconds by kind
 */
export async function timeRefusals(sessions, rounds) {
  const tokens = Object.entries(await badTokens(sessions));
  const times = Object.fromEntries(tokens.map(([kind]) => [kind, []]));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    // Each kind comes after each other one.
    const [kind, token] = tokens[Math.floor(Math.random() * tokens.length)];
    const from = performance.now();
    const session = await sessions.use(token);
    const us = (performance.now() - from) * 1000;
    if (session) throw new Error(`A token that is ${kind} has opened a session.`);
    if (round >= 0) times[kind].push(us);
  }
  return times;
}

async function badTokens(sessions) {
  const create = (user, more) => sessions.create({ ...contentOf(FIRST_USER + user), ...more });
  const live = await create(0);
  const [revoked, expired] = [await create(1), await create(2, { idleTtlMs: 50 })];
  await sessions.revokeAll(contentOf(FIRST_USER + 1).userId);
  while (await sessions.use(expired)) await sleep(100);
  return {
    truncated: live.slice(0, -1),
    'of 10 kB': 'x'.repeat(10_000),
    'with another secret': strangerOf(live),
    'of another namespace': `AAAAAAAAAAAA${live.slice(12)}`,
    revoked,
    expired,
  };
}
