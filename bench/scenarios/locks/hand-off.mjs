// How long a lock lies idle between a release and the next holder, and what a grant costs Redis meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { withFleet } from '../../harness/fleet.mjs';
import { step } from '../../harness/progress.mjs';
import { commandCounts } from '../../harness/redis-stats.mjs';
import { distribution } from '../../harness/stats.mjs';

/** Who waits: one caller, or many in several processes. The holder that they wait for is a process more. */
export const CROWDS = {
  one: { processes: 1, callers: 1, repeats: 30 },
  many: { processes: 4, callers: 16, repeats: 6 },
};

const HOLD_MS = 1;

/** Code that has run a few times only is not compiled yet: what waits and what hands over, too. */
const WARM_UP = { inFlight: 4, durationMs: 500 };
const WARM_UP_DRAINS = 2;

/** By then all wait; the release comes at any time of the interval in which an arm asks again. */
const SETTLED_MS = 20;
const PATIENCE_MS = 120_000;

/** @returns {Promise<Record<string, Record<string, object>>>} by arm and crowd */
export async function measureHandOffs(arms, rounds) {
  const samples = Object.fromEntries(arms.map(({ name }) => [name, { one: [], many: [] }]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const arm of arms) {
      for (const crowd of Object.keys(CROWDS)) {
        step(`locks: hand-offs, round ${round}/${rounds}, ${arm.name}, ${crowd} waiting`);
        samples[arm.name][crowd].push(...(await measureRound(arm, CROWDS[crowd])));
      }
    }
  }
  return mapValues(samples, (crowds) => mapValues(crowds, summarizeDrains));
}

async function measureRound(arm, { processes, callers, repeats }) {
  return await withFleet(arm, processes + 1, async ({ redis, members }) => {
    await Promise.all(members.map((member) => member.loop(WARM_UP)));
    const [holder, ...waiters] = members;
    const drains = [];
    for (let repeat = -WARM_UP_DRAINS; repeat < repeats; repeat += 1) {
      const name = `name-${repeat}`;
      const drain = await drainOnce({ redis, holder, waiters, callers, name, arm });
      if (repeat >= 0) drains.push(drain);
    }
    return drains;
  });
}

/** All wait, the holder lets go, and each holds the lock once. */
async function drainOnce({ redis, holder, waiters, callers, name, arm: { sends, asksEveryMs } }) {
  await holder.job('hold', { name });
  const before = await commandCounts(redis.client);
  const job = { name, callers, holdMs: HOLD_MS, durationMs: PATIENCE_MS };
  const waiting = waiters.map((waiter) => waiter.job('wait', job));
  await sleep(SETTLED_MS + Math.random() * asksEveryMs);
  const { releasedAt } = await holder.job('letGo');
  const holds = (await Promise.all(waiting)).flatMap((waiter) => waiter.holds);
  const after = await commandCounts(redis.client);
  holds.sort((a, b) => a.grantedAt - b.grantedAt);
  const idle = holds.map(({ grantedAt }, place) => grantedAt - (holds[place - 1]?.releasedAt ?? releasedAt));
  const sent = sends.reduce((sum, command) => sum + (after[command] ?? 0) - (before[command] ?? 0), 0);
  return { idle, wholeMs: holds.at(-1).releasedAt - releasedAt, commandsAGrant: sent / holds.length };
}

function summarizeDrains(drains) {
  return {
    idle: distribution(drains.flatMap(({ idle }) => idle)),
    whole: distribution(drains.map(({ wholeMs }) => wholeMs)),
    commandsAGrant: distribution(drains.map(({ commandsAGrant }) => commandsAGrant)),
  };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
