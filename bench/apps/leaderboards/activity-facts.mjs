// What the activity of Holdfast takes, from dist/: memory of a day and of the ids, the time of its commands, the error of its
// estimates. Times are those of Redis itself, in µs: INFO latencystats for percentiles, SLOWLOG for the maximum.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ActivityService, LeaderboardModule } from '../../../dist/leaderboard/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { serveJobs } from '../common/driver.mjs';

const { REDIS_URL } = process.env;
const DAY_MS = 86_400_000;
const USERS_A_CALL = 1000;
const CALLS_IN_FLIGHT = 2;
const EXACT = 'api';

class ActivityOnlyModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, LeaderboardModule] })(ActivityOnlyModule);

const settings = readSettings({ REDIS_URL, LOG_LEVEL: 'error', REDIS_COMMAND_TIMEOUT_MS: '5000' });
const app = await createApp(settings, ActivityOnlyModule);
await app.init();
const activity = app.get(ActivityService, { strict: false });
const redis = new Redis(REDIS_URL);

const dayAgo = (days) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

/** The same number each time, spread over all ids: who is active is not who came first. */
const isActive = (user, day, share) => (Math.imul(user ^ (day << 24), 2_654_435_761) >>> 0) / 2 ** 32 < share;

async function* calls(users, of) {
  let ids = [];
  for (let user = 0; user < users; user += 1) {
    if (of(user)) ids.push(`user-${user}`);
    if (ids.length < USERS_A_CALL) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}

/** Marks those of the users for whom it holds. */
async function mark(name, users, options, of = () => true) {
  const iterator = calls(users, of);
  let marked = 0;
  const lane = async () => {
    for (let call = await iterator.next(); !call.done; call = await iterator.next()) {
      const { marked: some } = await activity.mark(name, call.value, options);
      marked += some;
    }
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, lane));
  return marked;
}

async function bytesOf(pattern) {
  let bytes = 0;
  for await (const keys of redis.scanStream({ match: pattern, count: 1000 })) {
    const usages = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
    bytes += usages.reduce((sum, each) => sum + Number(each), 0);
  }
  return bytes;
}

/** The time that Redis takes for the scripts of some work. */
async function timed(work) {
  await redis.config('RESETSTAT');
  await redis.config('SET', 'slowlog-log-slower-than', 500);
  await redis.config('SET', 'slowlog-max-len', 100_000);
  await redis.slowlog('RESET');
  const value = await work();
  const stats = await redis.info('latencystats');
  const percentiles = /^latency_percentiles_usec_evalsha:p50=([\d.]+),p99=([\d.]+),p99.9=([\d.]+)/m.exec(
    stats,
  );
  const [p50, p99, p999] = (percentiles ?? [0, 0, 0, 0]).slice(1).map(Number);
  const slow = await redis.slowlog('GET', 100_000);
  const times = slow.filter(([, , , [name]]) => /^eval/i.test(name)).map(([, , micros]) => micros);
  return {
    value,
    p50,
    p99,
    p999,
    max: Math.max(0, ...times),
    over5Ms: times.filter((each) => each > 5000).length,
  };
}

serveJobs({
  /** All users become known, and on `days` days of late a share of them is active. */
  async fill({ users, days, share }) {
    const known = await timed(() => mark(EXACT, users, { at: new Date(dayAgo(days + 1)) }));
    const active = await timed(async () => {
      let marked = 0;
      for (let day = days; day >= 1; day -= 1) {
        marked += await mark(EXACT, users, { at: new Date(dayAgo(day)) }, (user) =>
          isActive(user, day, share),
        );
      }
      return marked;
    });
    const [one] = await activity.activeUsers(EXACT, { from: dayAgo(days + 1), to: dayAgo(days + 1) });
    if (one.count !== users) throw new Error(`${one.count} of ${users} users are counted.`);
    return { known, active };
  },
  /** What a day with this share of the users takes, and what their ids take. */
  async memory({ users }) {
    const dayBytes = await bytesOf(`*:activity:{${EXACT}#*}:${dayAgo(1)}:*`);
    const idBytes = await bytesOf(`*:activity:{${EXACT}#*}:ids:*`);
    return { bitsAUserAndDay: (dayBytes * 8) / users, idBytesAUser: idBytes / users };
  },
  /** Reads a range of days, and how many of a day's users came back on each day after it. */
  async read({ days, times }) {
    const range = { from: dayAgo(399), to: dayAgo(0) };
    const repeat = async (work) => {
      for (let time = 0; time < times; time += 1) await work();
    };
    const counts = await timed(() => repeat(() => activity.activeUsers(EXACT, range)));
    const retention = await timed(() =>
      repeat(() => activity.retention(EXACT, { cohort: dayAgo(days + 1), days })),
    );
    return { counts, retention };
  },
  /** Estimates of ever more users against their number. */
  async estimates({ users, activities }) {
    const errors = [];
    const marks = await timed(async () => {
      for (let each = 0; each < activities; each += 1) {
        const known = (user) => user % activities === each;
        const marked = await mark(
          `about-${each}`,
          users,
          { mode: 'approximate', at: new Date(dayAgo(1)) },
          known,
        );
        const [{ count }] = await activity.activeUsers(`about-${each}`, { from: dayAgo(1), to: dayAgo(1) });
        errors.push(count / marked - 1);
      }
    });
    const meanSquare = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    const bytes = (await bytesOf(`*:activity:{about-*}:log:${dayAgo(1)}`)) / activities;
    return { rootMeanSquare: Math.sqrt(meanSquare), worst: Math.max(...errors.map(Math.abs)), bytes, marks };
  },
});
