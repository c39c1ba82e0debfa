import { parse, serialize } from 'cookie';
import type { FastifyRequest } from 'fastify';

const HEADER = 'session-token';

/** The prefix makes browsers insist on Secure, Path=/ and no Domain, so that no sibling host can set it. */
export const SESSION_COOKIE = '__Host-session';

/** The token that a request carries: the header wins over the cookie. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers[HEADER];
  if (header !== undefined) return typeof header === 'string' ? header : undefined;
  const cookies = request.headers.cookie;
  // A raw value: decoding could only turn what is not a token into one.
  return cookies?.includes(SESSION_COOKIE)
    ? parse(cookies, { decode: (value) => value })[SESSION_COOKIE]
    : undefined;
}

/** @param maxAgeMs the absolute timeout: the server ends an idle session earlier by itself. */
export function sessionCookie(token: string, maxAgeMs: number): string {
  return serialize(SESSION_COOKIE, token, {
    httpOnly: true,
    secure: true,
    sameSite: 'strict',
    path: '/',
    maxAge: Math.floor(maxAgeMs / 1000),
  });
}

/** Makes the browser drop the cookie. */
export function expiredSessionCookie(): string {
  return sessionCookie('', 0);
}
