import { startProxy } from './proxy.mjs';
import { startRedis } from './redis-server.mjs';

/**
 * Runs `use` on a fresh Redis, with a proxy before it if asked, and stops what was started in any case.
 *
 * @template T
 * @param {{ delayMs?: number, countCommands?: boolean }} link no delay: no proxy
 * @param {(redisUrl: string) => Promise<{ stop: () => Promise<void> }>} start the subject, against this URL
 * @param {(stand: { redis, proxy, subject }) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withStand({ delayMs = 0, countCommands = false }, start, use) {
  const stops = [];
  try {
    const redis = await startRedis();
    stops.push(redis.stop);
    const proxy = delayMs > 0 ? await startProxy(redis.port, { delayMs, countCommands }) : undefined;
    if (proxy) stops.push(proxy.stop);
    const subject = await start((proxy ?? redis).url);
    stops.push(subject.stop);
    return await use({ redis, proxy, subject });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
