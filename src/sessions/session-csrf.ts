import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { CsrfRejectedError } from './sessions.errors.js';

const HEADER = 'csrf-token';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * What a page of the session's own sends beside the cookie, which other sites cannot read (OWASP: HMAC-based token). It
 * follows from the session's token, so nothing is stored; it changes with a rotation, and the old one is good for as
 * long as the old token.
 */
export function csrfToken(token: string): string {
  return createHmac('sha256', token).update('holdfast csrf').digest('base64url');
}

/**
 * Refuses a change that a browser may have been made to send: it must come from the origin that it goes to, as
 * Sec-Fetch-Site or Origin tell, and bring the session's own token in `CSRF-Token`.
 *
 * @param token of the cookie.
 * @throws CsrfRejectedError
 */
export function refuseForged(request: FastifyRequest, token: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  if (!isSameOrigin(request) || !isOwn(request.headers[HEADER], token)) throw new CsrfRejectedError();
}

/** A client that tells neither is no browser of these years; the token still decides. */
function isSameOrigin({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return typeof site === 'string' && OWN_SITES.has(site);
  const { origin } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function isOwn(given: string | string[] | undefined, token: string): boolean {
  const expected = Buffer.from(csrfToken(token));
  const bytes = Buffer.from(typeof given === 'string' ? given : '');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
