import type { Policy } from './policy.js';

/** A throttler of @nestjs/throttler as a policy. Its numbers may be fractions, or negative; a window is 1 ms at least. */
export function throttlerPolicy(name: string, limit: number, ttlMs: number, blockDurationMs: number): Policy {
  return {
    name,
    algorithm: 'fixed-window',
    limit: Math.max(Math.floor(limit), 0),
    windowMs: Math.max(Math.ceil(ttlMs), 1),
    blockDurationMs: Math.max(Math.ceil(blockDurationMs), 0),
  };
}
