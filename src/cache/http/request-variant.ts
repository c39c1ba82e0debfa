import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { principalSlot, startedPrincipalSlot } from '../../http/index.js';

/** What a request proves who it comes from with. */
export const CREDENTIALS = ['authorization', 'cookie', 'session-token'];

/** Whose values mean the same in upper and lower case, and with more or less space. */
const ANY_CASE = /^accept(?:-|$)/;

const DIGEST_CHARACTERS = 22;
const KNOWN_DIGESTS = 2000;
const LONGEST_KNOWN = 512;

/** So that a request like the last ones costs no hash. */
const digests = new LRUCache<string, string>({ max: KNOWN_DIGESTS });

/** True when the answer may depend on who asks. */
export function isPersonal(request: FastifyRequest): boolean {
  const { headers } = request;
  if (headers.authorization !== undefined || headers.cookie !== undefined) return true;
  if (headers['session-token'] !== undefined) return true;
  return principalSlot.get(request) !== undefined || startedPrincipalSlot.get(request) !== undefined;
}

/**
 * The values of the headers on which an answer depends, as one text. One that is absent is not as one that is empty. Case
 * and space are overlooked only where they say nothing: in Accept and what begins like it.
 */
export function varyingValues({ headers }: FastifyRequest, names: readonly string[]): string {
  let text = '';
  for (const name of names) {
    const value = headers[name];
    // No value holds a line's end.
    text += value === undefined ? `${name}\n` : `${name}=${normalised(name, String(value))}\n`;
  }
  return text;
}

/** Names something in a key that must not be read there, or may be long: 130 bits of its SHA-256. */
export function digestOf(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARACTERS);
  if (text.length <= LONGEST_KNOWN) digests.set(text, digest);
  return digest;
}

/** Names a session where its entries are removed together. */
export function sessionName(sessionId: string): string {
  return `session=${digestOf(sessionId)}`;
}

function normalised(name: string, value: string): string {
  return ANY_CASE.test(name) ? value.trim().replaceAll(/\s+/g, ' ').toLowerCase() : value;
}
