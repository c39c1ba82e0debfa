import type { FastifyReply } from 'fastify';

type Value = string | readonly string[];

/** What a reply's headers were at a moment. */
export type HeaderSnapshot = ReadonlyMap<string, string>;

/** Of a connection and of one message, not of an answer (RFC 9110, 7.6.1); and what is worked out for each request. */
const OF_ONE_MESSAGE = new Set(
  (
    'connection keep-alive proxy-connection te trailer transfer-encoding upgrade ' +
    'proxy-authenticate proxy-authentication-info proxy-authorization ' +
    'date age content-length cache-status vary'
  ).split(' '),
);

/** Where Fastify keeps the headers of a reply, and @fastify/cookie its cookies until the answer leaves. */
const FASTIFY_HEADERS = 'fastify.reply.headers';
const PENDING_COOKIES = 'fastify.reply.setCookies';

/** Lists are copied: Fastify adds to them. */
export function snapshotOf(reply: FastifyReply): HeaderSnapshot {
  return new Map(Object.entries(headersOf(reply)).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** The headers that were added or changed since; those of a message and those that it connects with left out. */
export function headersSince(before: HeaderSnapshot, reply: FastifyReply): Record<string, Value> {
  const ofConnection = String(reply.getHeader('connection') ?? '').toLowerCase();
  const skipped = new Set([...OF_ONE_MESSAGE, ...ofConnection.split(',').map((name) => name.trim())]);
  const changed = Object.entries(headersOf(reply))
    .filter(([name, value]) => value !== undefined && before.get(name) !== JSON.stringify(value))
    .filter(([name]) => !skipped.has(name))
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)] as const);
  return Object.fromEntries(changed);
}

/** The members of Vary that were added since, in lower case. */
export function varyingSince(before: HeaderSnapshot, reply: FastifyReply): string[] {
  const known = new Set(listed(JSON.parse(before.get('vary') ?? '""') as Value));
  return listed(reply.getHeader('vary') as Value | undefined).filter((name) => !known.has(name));
}

/** Adds to Vary what is not there yet. */
export function addVary(reply: FastifyReply, names: readonly string[]): void {
  if (names.length === 0) return;
  const present = reply.getHeader('vary') as Value | undefined;
  const known = new Set(listed(present));
  const missing = names.filter((name) => !known.has(name));
  if (known.has('*') || missing.length === 0) return;
  reply.header('vary', present ? `${String(present)}, ${missing.join(', ')}` : missing.join(', '));
}

/** True when a plugin will set a cookie as the answer leaves. */
export function hasPendingCookies(reply: FastifyReply): boolean {
  return (hidden<{ readonly size: number }>(reply, PENDING_COOKIES)?.size ?? 0) > 0;
}

/** Of an answer that has left, those that a handler can still set: the others are what the answer had. */
function headersOf(reply: FastifyReply): Record<string, unknown> {
  return (
    (reply.raw.headersSent && hidden<Record<string, unknown>>(reply, FASTIFY_HEADERS)) || reply.getHeaders()
  );
}

function hidden<T>(reply: FastifyReply, description: string): T | undefined {
  const place = Object.getOwnPropertySymbols(reply).find((each) => each.description === description);
  return place && ((reply as unknown as Record<symbol, T | null>)[place] ?? undefined);
}

function listed(header: Value | undefined): string[] {
  const names = String(header ?? '').split(',');
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
}
