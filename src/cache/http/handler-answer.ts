import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isObservable, lastValueFrom } from 'rxjs';
import { isId } from '../../redis/index.js';
import { MAX_TAGS } from '../loads/load-policy.js';
import { type BodyKind, StoredResponse } from '../values/stored-response.js';
import { directivesOf } from './cache-control.js';
import { fromGroups } from './cache-groups.js';
import type { CachedRoute } from './cached-route.js';
import { hasPendingCookies, headersSince, type HeaderSnapshot, varyingSince } from './reply-headers.js';

/** Statuses of answers that hold for more than this moment (RFC 9110, 15.1, without 206 and what a method forbids). */
const LASTING = new Set([200, 203, 204, 300, 301, 308, 404, 410]);

/** Give one client what is its own. */
const PERSONAL = ['set-cookie', 'set-cookie2', 'csrf-token', 'session-token', 'authentication-info'];

export interface Shareable {
  readonly response: StoredResponse;
  /** Tags that the handler has named in Cache-Groups. */
  readonly groups: readonly string[];
}

/** What a handler has returned, as Nest understands it. */
export async function settled(returned: unknown): Promise<unknown> {
  const value = await returned;
  return isObservable(value) ? lastValueFrom(value) : value;
}

/**
 * The answer of a handler as others may have it too; undefined when it is for nobody else, or is no value but a stream.
 *
 * @param body what the handler has returned, ready to leave.
 * @param before the reply's headers before the handler.
 */
export function shareable(
  body: unknown,
  reply: FastifyReply,
  before: HeaderSnapshot,
  route: CachedRoute,
): Shareable | undefined {
  const status = reply.statusCode;
  if (!LASTING.has(status)) return undefined;
  const headers = headersSince(before, reply);
  if (PERSONAL.some((name) => name in headers) || hasPendingCookies(reply)) return undefined;
  if (forbidsSharing(reply, route)) return undefined;
  if (!varyingSince(before, reply).every((name) => route.mayVaryBy.has(name))) return undefined;
  const groups = fromGroups(headers['cache-groups']);
  if (!groups || groups.length > MAX_TAGS || !groups.every(isId)) return undefined;
  const written = writtenForm(body, status);
  return (
    written && { response: new StoredResponse({ status, headers, kind: written.kind }, written.body), groups }
  );
}

/** By Cache-Control, whoever has set it. */
function forbidsSharing(reply: FastifyReply, { scope }: CachedRoute): boolean {
  const own = reply.getHeader('cache-control');
  if (own === undefined) return false;
  const directives = directivesOf(String(own));
  if (directives.has('no-store') || directives.has('no-cache')) return true;
  return directives.has('private') && scope !== 'session';
}

interface Written {
  readonly kind: BodyKind;
  readonly body: string | Buffer | undefined;
}

/** As Nest and Fastify send it; undefined for what is not a value. */
function writtenForm(body: unknown, status: number): Written | undefined {
  if (body === undefined) return status === 200 ? undefined : { kind: 'none', body };
  if (typeof body === 'string') return { kind: 'text', body };
  if (Buffer.isBuffer(body)) return { kind: 'bytes', body };
  if (ArrayBuffer.isView(body)) {
    return { kind: 'bytes', body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  }
  if (isStream(body)) return undefined;
  // Undefined also for a function, although its type says otherwise.
  const text = JSON.stringify(body) as string | undefined;
  return text === undefined ? undefined : { kind: 'json', body: text };
}

function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if (body instanceof StreamableFile || body instanceof Error) return true;
  if (Symbol.asyncIterator in body || Object.prototype.toString.call(body) === '[object Response]')
    return true;
  return ['pipe', 'getReader'].some((name) => typeof (body as Record<string, unknown>)[name] === 'function');
}
