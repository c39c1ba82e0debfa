import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Outcome } from '../outcome.js';
import type { StoredResponse } from '../values/stored-response.js';
import { FOR_ONE, forAll } from './cache-control.js';
import type { CachedRoute } from './cached-route.js';
import { toGroups } from './cache-groups.js';
import { isKnown } from './entity-tag.js';
import { addVary } from './reply-headers.js';

/** Of a stored answer, what an answer without body repeats (RFC 9110, 15.4.5). */
const WITH_304 = new Set(['cache-control', 'content-location', 'expires', 'cache-groups']);

/** Why an answer was not looked for, or not kept (RFC 9211). */
export const BYPASSED = {
  credentials: 'holdfast; fwd=bypass; detail=credentials',
  session: 'holdfast; fwd=bypass; detail=no-session',
} as const;
export const NOT_KEPT = 'holdfast; fwd=miss';

/**
 * Gives a request the answer of the cache, or that nothing has changed.
 *
 * @returns the body for Nest to send.
 */
export function answerFrom(
  outcome: Outcome,
  route: CachedRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): string | Buffer | undefined {
  const { response } = outcome.value;
  const { head } = response;
  const hasTag = head.kind !== 'none' && (head.status === 200 || head.status === 203);
  const known = request.headers['if-none-match'];
  const isUnmodified = hasTag && known !== undefined && isKnown(known, response.etag);
  if (isUnmodified) withhold(response, reply);
  else say(response, reply);
  if (hasTag) reply.header('etag', response.etag);
  reply.header('cache-status', statusOf(outcome));
  sayWhatIsAllowed(outcome, route, reply);
  if (route.scope === 'public' && route.hasTags) sayGroups(response, route.tagsFor(request), reply);
  return isUnmodified ? undefined : response.body;
}

/** What an answer says that is for its own request only. */
export function sayOwn(route: CachedRoute, reply: FastifyReply, status: string): void {
  if (reply.sent) return;
  reply.header('cache-status', status);
  addVary(reply, route.varyOut);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', FOR_ONE);
}

function say({ head, contentType }: StoredResponse, reply: FastifyReply): void {
  if (reply.statusCode !== head.status) reply.code(head.status);
  for (const [name, value] of Object.entries(head.headers)) reply.header(name, value);
  // One that stands on the route itself is there already.
  if (head.kind !== 'none' && !reply.hasHeader('content-type')) reply.header('content-type', contentType);
}

function withhold({ head }: StoredResponse, reply: FastifyReply): void {
  reply.code(304).removeHeader('content-type');
  for (const [name, value] of Object.entries(head.headers)) {
    if (WITH_304.has(name)) reply.header(name, value);
    else reply.removeHeader(name);
  }
}

function sayWhatIsAllowed({ freshForMs }: Outcome, route: CachedRoute, reply: FastifyReply): void {
  addVary(reply, route.varyOut);
  const { scope, graceMs, clientTtlMs } = route;
  // A cookie that a plugin has set goes to one client.
  if (reply.hasHeader('set-cookie')) reply.header('cache-control', FOR_ONE);
  else if (!reply.hasHeader('cache-control')) {
    reply.header('cache-control', scope === 'session' ? FOR_ONE : forAll(freshForMs, graceMs, clientTtlMs));
  }
}

function sayGroups({ head }: StoredResponse, tags: readonly string[], reply: FastifyReply): void {
  const own = head.headers['cache-groups'];
  reply.header('cache-groups', own === undefined ? toGroups(tags) : `${toGroups(tags)}, ${String(own)}`);
}

/** Cache-Status (RFC 9211). */
function statusOf({ status, freshForMs, isStored }: Outcome): string {
  switch (status) {
    case 'hit':
      return `holdfast; hit; ttl=${Math.floor(freshForMs / 1000)}`;
    case 'stale':
      return `holdfast; hit; ttl=${Math.min(-1, Math.floor(freshForMs / 1000))}`;
    case 'miss':
      return isStored ? 'holdfast; fwd=miss; stored' : NOT_KEPT;
    case 'shared':
      return 'holdfast; fwd=miss; collapsed';
    case 'unavailable':
      return 'holdfast; fwd=bypass';
  }
}
