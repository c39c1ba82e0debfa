/** How a policy counts. */
export const ALGORITHMS = [
  'fixed-window',
  'sliding-window-log',
  'sliding-window-counter',
  'token-bucket',
  'leaky-bucket',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** `shadow` counts what it would have refused, and refuses nothing. */
export const MODES = ['enforce', 'shadow'] as const;

/** What happens to a request while Redis is away: `local` gives each replica its share of the limit. */
export const STORE_FAILURES = ['allow', 'deny', 'local'] as const;

/** A limit by its name. All times are milliseconds. */
export interface Policy {
  readonly name: string;
  readonly algorithm: Algorithm;
  /** Cost that may be spent in one window; 0 refuses all. */
  readonly limit: number;
  readonly windowMs: number;
  /** What a bucket holds; absent: the limit. */
  readonly burst?: number;
  /** Whoever goes over the limit is refused for so long; the end forgets the hits. Absent or 0: no block. */
  readonly blockDurationMs?: number;
  /** Absent: enforce. */
  readonly mode?: (typeof MODES)[number];
  /** Absent: allow. */
  readonly onStoreFailure?: (typeof STORE_FAILURES)[number];
  /** Keys that are never refused and never counted. */
  readonly allowKeys?: readonly string[];
  /** Keys that are always refused. */
  readonly denyKeys?: readonly string[];
  /** From this share of the limit on the policy reports that it is near; absent: 0.8. */
  readonly nearLimitShare?: number;
}

export function isBucket({ algorithm }: Pick<Policy, 'algorithm'>): boolean {
  return algorithm === 'token-bucket' || algorithm === 'leaky-bucket';
}

/** The most that one request can cost: with less than that at hand it could never pass. */
export function capacityOf(policy: Policy): number {
  return isBucket(policy) ? (policy.burst ?? policy.limit) : policy.limit;
}
