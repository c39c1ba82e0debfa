import { NEVER_REACHED, WINDOW_MS } from './workload.mjs';

export const ALGORITHMS = [
  'fixed-window',
  'sliding-window-log',
  'sliding-window-counter',
  'token-bucket',
  'leaky-bucket',
];

/**
 * A policy that allows `limit` requests in WINDOW_MS. A bucket of so high a rate would be full again within a microsecond
 * and leave no key, so a limit that is never reached is, for a bucket, its size: it fills slowly and holds a million.
 */
export function policy(name, algorithm, limit) {
  if (algorithm.endsWith('bucket') && limit === NEVER_REACHED) {
    return { name, algorithm, limit: 10, burst: 1_000_000, windowMs: WINDOW_MS };
  }
  return { name, algorithm, limit, windowMs: WINDOW_MS };
}
