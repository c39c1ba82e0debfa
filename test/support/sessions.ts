import { Module, type Type } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type NewSession, SessionsService } from '../../src/sessions/index.js';
import { appWithout, TestApp } from './app.js';
import type { TestRedis } from './redis-server.js';

/** All that sessions need, so that many replicas start quickly, and modules of the test's own. */
export function sessionsWith(...modules: Type[]): Type {
  @Module({
    imports: [appWithout('PostgresModule', 'CatalogModule', 'CacheModule', 'RateLimitModule'), ...modules],
  })
  class SessionsAppModule {}
  return SessionsAppModule;
}

export async function startReplicas(
  redis: TestRedis,
  count: number,
  settings: Record<string, string> = {},
): Promise<TestApp[]> {
  return Promise.all(
    Array.from({ length: count }, () => TestApp.start({ REDIS_URL: redis.url, ...settings }, sessionsWith())),
  );
}

/** The services of so many replicas. */
export async function startServices(
  redis: TestRedis,
  count: number,
  settings: Record<string, string> = {},
): Promise<SessionsService[]> {
  return (await startReplicas(redis, count, settings)).map((app) => app.get(SessionsService));
}

export const tokenOf = async (sessions: SessionsService, input: NewSession): Promise<string> =>
  (await sessions.create(input)).token;

export const sessionKeys = (client: Redis): Promise<string[]> => client.keys('holdfast:default:sessions:*');

/** `ok`, or the code of the error: what a client is told. */
export async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'ok',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
}

/** How often each of them came. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
