import type { FastifyReply } from 'fastify';

/** What a client is told of one policy. */
export interface Quota {
  readonly policy: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Adds a policy to `RateLimit-Policy` and `RateLimit`: RFC 9651 lists of strings with parameters, as in
 * draft-ietf-httpapi-ratelimit-headers. Windows under a second have no `w`, which counts whole seconds.
 */
export function addRateLimitHeaders(reply: FastifyReply, quota: Quota): void {
  const name = quote(quota.policy);
  const window = quota.windowMs >= 1000 ? `;w=${Math.round(quota.windowMs / 1000)}` : '';
  append(reply, 'RateLimit-Policy', `${name};q=${quota.limit}${window}`);
  append(reply, 'RateLimit', `${name};r=${quota.remaining};t=${quota.resetSeconds}`);
}

function append(reply: FastifyReply, header: string, item: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? item : `${String(before)}, ${item}`);
}

/** A structured-field string: printable ASCII, with quotes and backslashes escaped. */
function quote(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${ascii.replace(/[\\"]/g, '\\$&')}"`;
}
