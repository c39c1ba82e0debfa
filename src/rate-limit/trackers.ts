import { isIP } from 'node:net';
import { hash } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { startedPrincipalSlot } from '../http/index.js';
import type { Tracker } from './decorators/rate-limit.decorator.js';

/** A household or a host has a whole /64 to choose addresses from. */
const IPV6_SUBNET_PREFIX = 64;

/** Who spends. A promise only where the answer needs one, so that the others start in the request's first turn. */
export function trackerOf(
  tracker: Tracker,
  request: FastifyRequest,
  context: ExecutionContext,
): string | Promise<string> {
  if (tracker === 'ip') return addressOf(request);
  if (tracker === 'user') return userOf(request);
  if (tracker === 'api-key') return apiKeyOf(request) ?? addressOf(request);
  const custom = tracker(request, context);
  return typeof custom === 'string' ? normalized(custom) : custom.then(normalized);
}

/** The client's address, as TRUST_PROXY lets it be seen. An IPv4 address in IPv6's form is the IPv4 address. */
export function addressOf({ ip }: FastifyRequest): string {
  return normalizeIp(ip, IPV6_SUBNET_PREFIX);
}

/** An address is one client whatever its form, also where a function of the team's own gave it. */
function normalized(text: string): string {
  return isIP(text) ? normalizeIp(text, IPV6_SUBNET_PREFIX) : text;
}

/** The session is being read since the request began; one that is not valid is refused by its own guard. */
async function userOf(request: FastifyRequest): Promise<string> {
  // The starters of this turn have not all run yet.
  await Promise.resolve();
  const principal = await startedPrincipalSlot
    .get(request)?.()
    .catch(() => undefined);
  return principal?.userId ?? addressOf(request);
}

/** A digest: the key itself is nobody's business. */
function apiKeyOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization && hash('sha256', authorization, 'base64url');
}
