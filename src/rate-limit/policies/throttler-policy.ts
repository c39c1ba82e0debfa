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

/** The same object for the same numbers again: decisions of one policy share its arguments in a script call. */
export class ThrottlerPolicies {
  private readonly latest = new Map<string, Policy>();

  of(...throttler: Parameters<typeof throttlerPolicy>): Policy {
    const policy = throttlerPolicy(...throttler);
    const latest = this.latest.get(policy.name);
    if (
      latest?.limit === policy.limit &&
      latest.windowMs === policy.windowMs &&
      latest.blockDurationMs === policy.blockDurationMs
    ) {
      return latest;
    }
    this.latest.set(policy.name, policy);
    return policy;
  }
}
