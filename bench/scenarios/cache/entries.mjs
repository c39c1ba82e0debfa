// Measured once: the invalidation of a tag that many entries bear, and what Redis takes for an entry besides its key and value.
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { commandCounts } from '../../harness/redis-stats.mjs';
import { withStand } from '../../harness/stand.mjs';
import { summarize } from '../../harness/stats.mjs';
import { sizedKey, sizedValue, TTL_MS } from '../../apps/cache/content.mjs';
import { FACTS } from './arms.mjs';

const ENTRIES = 100_000;
const REPEATS = 21;
const SIZES = Array.from({ length: 200 }, (_, index) => 200 + 9 * index);
const TAGS = ['category:17', 'brand:77'];
const JOB_MS = 120_000;

/** @returns {Promise<Record<string, { tag?: object, overhead: object }>>} by arm */
export async function measureEntries() {
  const facts = {};
  for (const arm of Object.values(FACTS)) {
    facts[arm.name] = await withStand(
      {},
      (redisUrl) => startDriver(arm, redisUrl),
      async ({ redis, subject }) => {
        step(`cache: what Redis takes for an entry of ${arm.name}`);
        const overhead = await measureOverhead(redis.client, subject, []);
        if (arm.name === 'cache-manager') return { overhead };
        const withTags = await measureOverhead(redis.client, subject, TAGS);
        await redis.client.flushall();
        return { overhead, withTags, tag: await measureTag(arm, redis.client, subject) };
      },
    );
  }
  return facts;
}

/** Of values of many sizes, because an allocator rounds: 50 bytes more may take none or 256. */
async function measureOverhead(client, subject, tags) {
  await subject.job('sized', { sizes: SIZES, tags });
  const keys = await client.keys('*');
  // A cache may write a key's own characters in another way.
  const keyOf = (size) => keys.find((key) => key.includes(digitsOf(size)));
  const bytes = [];
  for (const size of SIZES) {
    const own = keyOf(size);
    const bare = sizedKey(size);
    await client.set(bare, JSON.stringify(sizedValue(size)), 'PX', TTL_MS);
    bytes.push((await usage(client, own)) - (await usage(client, bare)));
    await client.del(bare);
  }
  const mean = bytes.reduce((sum, each) => sum + each, 0) / bytes.length;
  const key = keyOf(SIZES[0]);
  const keyBytes = key.length - sizedKey(SIZES[0]).length;
  const valueBytes = (await client.strlen(key)) - SIZES[0];
  return { mean, ...summarizeBytes(bytes), key, keyBytes, valueBytes };
}

function summarizeBytes(bytes) {
  const { median, min, max } = summarize(bytes);
  return { median, min, max };
}

const digitsOf = (size) => /\d+/.exec(sizedKey(size))[0];

const usage = async (client, key) => Number(await client.memory('USAGE', key, 'SAMPLES', 0));

async function measureTag(arm, client, subject) {
  step(`cache: the invalidation of a tag of ${ENTRIES} entries of ${arm.name}`);
  // Redis has its script by then.
  await subject.job('removeTag');
  const filled = await subject.job('fill', { count: ENTRIES, durationMs: JOB_MS });
  if (filled.hits !== ENTRIES) throw new Error(`${arm.name} kept ${filled.hits} of ${ENTRIES} entries.`);
  const before = await commandCounts(client);
  const times = [(await subject.job('removeTag')).ms];
  const after = await commandCounts(client);
  const { hits } = await subject.job('hits', { count: ENTRIES, durationMs: JOB_MS });
  for (let repeat = 1; repeat < REPEATS; repeat += 1) times.push((await subject.job('removeTag')).ms);
  return { entries: ENTRIES, hitsAfter: hits, commands: difference(before, after), ms: summarize(times) };
}

function difference(before, after) {
  const counts = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
