import type { ThrottlerStorage } from '@nestjs/throttler';
import { defineScript } from '../redis/index.js';

/** The state of a counter after a hit, in @nestjs/throttler's words: times are whole seconds, rounded up. */
export type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

export const fixedWindow = defineScript({
  name: 'rate-limit.fixed-window',
  directory: __dirname,
  keys: ['counter'],
  args: ['windowMs', 'limit', 'blockMs'],
  reply: (raw): Hit => {
    const [totalHits, windowLeftMs, blocked, blockLeftMs] = raw as number[];
    return {
      totalHits,
      timeToExpire: Math.ceil(windowLeftMs / 1000),
      isBlocked: blocked === 1,
      timeToBlockExpire: Math.ceil(blockLeftMs / 1000),
    };
  },
});
