import { Module, type Type } from '@nestjs/common';
import { HttpModule } from '../../src/http/index.js';
import { LocksModule } from '../../src/locks/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import type { TestRedis } from './redis-server.js';
import { waitFor } from './wait-for.js';

/** A replica with locks alone, and what a test adds. */
export function locksWith(...modules: Type[]): Type {
  @Module({ imports: [HttpModule, RedisModule, ObservabilityModule, LocksModule, ...modules] })
  class LocksOnlyModule {}
  return LocksOnlyModule;
}

/** How many processes stand in the queue of a lock. */
export function queueOf({ client }: TestRedis, name: string, kind = 'lock'): Promise<number> {
  return client.zcard(`holdfast:default:locks:{${name}}:${kind}-queue`);
}

/** Waits until so many processes stand in the queue of a lock. */
export async function queued(redis: TestRedis, name: string, count: number, kind = 'lock'): Promise<void> {
  const what = `${count} to wait for ${name}`;
  await waitFor(async () => (await queueOf(redis, name, kind)) === count, { what });
}

/** The outcome of a promise that is to fail, by its code. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
}
