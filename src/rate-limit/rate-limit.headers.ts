import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Settings } from '../config/index.js';
import type { CheckDecision } from './decision.js';
import type { Policy } from './policies/policy.js';

type Told = Pick<CheckDecision, 'allowed' | 'limit' | 'remaining' | 'resetMs' | 'retryAfterMs'>;

/** Tells clients what they have left. Injectable. */
@Injectable()
export class RateLimitHeaders {
  constructor(private readonly settings: Settings) {}

  /**
   * Says all policies of an answer in `RateLimit-Policy` and `RateLimit`, RFC 9651 lists of strings with parameters, as
   * in draft-ietf-httpapi-ratelimit-headers; with RATE_LIMIT_LEGACY_HEADERS the scarcest in X-RateLimit-* too.
   */
  tell(
    reply: FastifyReply,
    policies: readonly Pick<Policy, 'name' | 'limit' | 'windowMs'>[],
    decisions: readonly Told[],
  ): void {
    reply.header('RateLimit-Policy', policies.map(policyItem).join(', '));
    reply.header(
      'RateLimit',
      decisions.map((each, place) => limitItem(policies[place].name, each)).join(', '),
    );
    if (this.settings.rateLimitLegacyHeaders) tellLegacy(reply, decisions);
  }
}

/** Windows under a second have no `w`, which counts whole seconds. */
function policyItem({ name, limit, windowMs }: Pick<Policy, 'name' | 'limit' | 'windowMs'>): string {
  const window = windowMs >= 1000 ? `;w=${Math.round(windowMs / 1000)}` : '';
  return `${quote(name)};q=${limit}${window}`;
}

function limitItem(name: string, told: Told): string {
  return `${quote(name)};r=${told.remaining};t=${secondsOf(told)}`;
}

/** The moment of a refusal is that at which the request passes, which Retry-After says too. */
function secondsOf({ allowed, resetMs, retryAfterMs }: Told): number {
  return Math.ceil((allowed ? resetMs : retryAfterMs) / 1000);
}

function tellLegacy(reply: FastifyReply, decisions: readonly Told[]): void {
  const scarcest = decisions.reduce((least, each) => (each.remaining < least.remaining ? each : least));
  reply.header('X-RateLimit-Limit', scarcest.limit);
  reply.header('X-RateLimit-Remaining', scarcest.remaining);
  reply.header('X-RateLimit-Reset', secondsOf(scarcest));
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A structured-field string: printable ASCII, with quotes and backslashes escaped. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const ascii = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${ascii.replace(/[\\"]/g, '\\$&')}"`;
}
