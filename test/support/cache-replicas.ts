import { appWithout, TestApp } from './app.js';
import type { TestRedis } from './redis-server.js';

/** An app with the cache, and without what would ask Redis for something in the background or need a database. */
export const cacheApp = () => appWithout('PostgresModule', 'CatalogModule', 'RateLimitModule');

/**
 * Two replicas with the cache.
 *
 * @param settings of both, and `ofSecond` those in which the second one differs.
 */
export function cacheReplicas(
  redis: TestRedis,
  settings: Record<string, string> = {},
  ofSecond: Record<string, string> = {},
): Promise<[TestApp, TestApp]> {
  const root = cacheApp();
  const start = (own: Record<string, string>) => TestApp.start({ REDIS_URL: redis.url, ...own }, root);
  return Promise.all([start(settings), start({ ...settings, ...ofSecond })]);
}
