import { loginUsers, startHttpApp, verifyApp } from './http-app.mjs';
import { measureClosed } from './closed-measure.mjs';
import { PROFILED_LINK, profileLink } from './link-profile.mjs';
import { memoryByKeyShape } from './redis-stats.mjs';
import { withStand } from './stand.mjs';

const PROFILE_USERS = 8;

/**
 * One round of one HTTP arm: log in, verify, warm up, then the closed loop and the paced one.
 *
 * @param {import('./http-app.mjs').HttpArm} arm
 * @param {{ expectedBody: unknown }} scenario
 * @param {import('./options.mjs').Options} options
 */
export async function measureHttpRound(arm, scenario, options, delayMs, load) {
  return await withHttpApp(arm, { delayMs }, async (stand) => {
    const { subject: app, redis, proxy } = stand;
    const headers = await loginUsers(arm, app.url, options.connections);
    await verifyApp(arm, app.url, headers[0], scenario.expectedBody);
    const job = { url: app.url + arm.path, connections: options.connections, headers };
    await load.closed({ ...job, durationMs: options.warmUpMs });
    await proxy?.forget();
    const closed = await measureClosed(stand, () => load.closed({ ...job, durationMs: options.durationMs }));
    const lateness = await proxy?.lateness();
    const paced = await load.paced({ ...job, durationMs: options.durationMs, rate: options.rate });
    await assertCacheHits(arm, app, options);
    return { closed, paced, lateness, memory: await memoryByKeyShape(redis.client) };
  });
}

/** What one request costs on the way to Redis; see profileLink. */
export async function profileHttpArm(arm, scenario) {
  return await withHttpApp(arm, PROFILED_LINK, async (stand) => {
    const { url } = stand.subject;
    const headers = await loginUsers(arm, url, PROFILE_USERS);
    await verifyApp(arm, url, headers[0], scenario.expectedBody);
    return await profileLink(stand, (index) => getOnce(url + arm.path, headers[index % PROFILE_USERS]));
  });
}

async function withHttpApp(arm, link, use) {
  return await withStand(link, (redisUrl) => startHttpApp(arm, redisUrl), use);
}

async function assertCacheHits(arm, app, options) {
  const reads = await app.sourceReads();
  if (reads > options.connections)
    throw new Error(`${arm.name} read its source ${reads} times: that is no cache hit.`);
}

async function getOnce(url, headers) {
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
}
