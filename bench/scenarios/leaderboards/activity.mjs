// What daily active users take: memory a user and day, and how long a script keeps Redis.
import { fileURLToPath } from 'node:url';
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { startRedis } from '../../harness/redis-server.mjs';

const PROGRAM = fileURLToPath(new URL('../../apps/leaderboards/activity-facts.mjs', import.meta.url));

const ACTIVE_SHARE = 0.3;
const DAYS = 3;
const READS = 20;
const ESTIMATES = { users: 1_000_000, activities: 20 };
const PATIENCE_MS = 600_000;

/** The share of known users that an exact activity has on each day is 30 %. @returns facts by name. */
export async function measureActivity(users) {
  step(`leaderboards: what ${users} active users take`);
  const redis = await startRedis();
  const driver = await startDriver({ program: PROGRAM }, redis.url);
  const job = (kind, options) => driver.job(kind, { ...options, durationMs: PATIENCE_MS });
  try {
    const { known, active } = await job('fill', { users, days: DAYS, share: ACTIVE_SHARE });
    const { bitsAUserAndDay, idBytesAUser } = await job('memory', { users });
    const { counts, retention } = await job('read', { days: DAYS, times: READS });
    const { rootMeanSquare, worst, bytes } = await job('estimates', ESTIMATES);
    return {
      users,
      bitsAUserAndDay,
      idBytesAUser,
      scripts: { 'mark, all new': known, 'mark, all known': active, 'count 400 days': counts, retention },
      estimates: { rootMeanSquare, worst, bytes },
    };
  } finally {
    await driver.stop();
    await redis.stop();
  }
}
