import { Module, type Type } from '@nestjs/common';
import { HttpModule } from '../../src/http/index.js';
import { CountersModule } from '../../src/leaderboard/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';

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
