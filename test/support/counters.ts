import path from 'node:path';
import { Module, type Type } from '@nestjs/common';
import { HttpModule } from '../../src/http/index.js';
import { CountersModule } from '../../src/leaderboard/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import { type NodeChild, spawnNode } from './child.js';
import type { CounterOrder } from './fixtures/counter.js';

/** A replica with counters alone, and what a test adds. */
export function countersWith(...modules: Type[]): Type {
  @Module({ imports: [HttpModule, RedisModule, ObservabilityModule, CountersModule, ...modules] })
  class CountersOnlyModule {}
  return CountersOnlyModule;
}

/** Names that would reach another key, or none, if they were not escaped. */
export const ODD_NAMES = [
  'a:b',
  '{a}',
  '}:x',
  'a b',
  'ü',
  '🎬 :{*}',
  'a\nb',
  'a%3Ab',
  'a#1',
  'x'.repeat(256),
];

const FIXTURE = path.join(__dirname, 'fixtures/counter.ts');

/** A process that counts, to be stopped and killed. */
export class CounterProcess {
  private constructor(readonly child: NodeChild) {}

  static async start(redisUrl: string): Promise<CounterProcess> {
    const env = { LOG_LEVEL: 'silent', REDIS_COMMAND_TIMEOUT_MS: '5000', REDIS_URL: redisUrl };
    const child = spawnNode(FIXTURE, { env });
    await child.waitForLine(/^ready$/, { timeoutMs: 60_000 });
    return new CounterProcess(child);
  }

  order(order: CounterOrder): void {
    this.child.writeLine(JSON.stringify(order));
  }

  async done(): Promise<void> {
    await this.child.waitForLine(/^done$/, { timeoutMs: 120_000 });
  }

  /** How often it has counted, and when, on the machine's clock that does not jump, ms. */
  get counts(): { readonly count: number; readonly at: number }[] {
    const said = this.child.stdout.matchAll(/^counted (\d+) at (\d+)$/gm);
    return [...said].map(([, count, at]) => ({ count: Number(count), at: Number(at) / 1e6 }));
  }
}
