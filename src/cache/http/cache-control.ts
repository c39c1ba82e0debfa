/** The names of the directives of a Cache-Control header, in lower case. */
export function directivesOf(cacheControl: string): Set<string> {
  // What is in quotes may hold commas, and is of no matter here.
  const names = cacheControl.replaceAll(/"[^"]*"/g, '""').split(',');
  return new Set(names.map((each) => each.split('=', 1)[0].trim().toLowerCase()));
}

/** For what is for one client, which asks each time whether it is still so. */
export const FOR_ONE = 'private, no-cache';

/** For what caches may keep, when they ask each time. */
const ASK_EACH_TIME = 'public, no-cache';

/**
 * What clients and caches on the way may do with an answer that is for all (RFC 9111, and RFC 5861 for its grace).
 *
 * @param freshForMs how long it is still fresh.
 */
export function forAll(freshForMs: number, graceMs: number, clientTtlMs: number): string {
  if (freshForMs <= 0 || clientTtlMs === 0) return ASK_EACH_TIME;
  const fresh = `public, max-age=${seconds(Math.min(freshForMs, clientTtlMs))}`;
  if (graceMs < 1000) return fresh;
  const grace = seconds(graceMs);
  return `${fresh}, stale-while-revalidate=${grace}, stale-if-error=${grace}`;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
