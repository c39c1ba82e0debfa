import type { FastifyReply } from 'fastify';
import * as fc from 'fast-check';
import { readSettings } from '../config/index.js';
import { RateLimitHeaders } from './rate-limit.headers.js';

interface Quota {
  readonly policy: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

const QUOTA: Quota = { policy: 'default', limit: 10, windowMs: 60_000, remaining: 7, resetSeconds: 42 };

/** An RFC 9651 list of strings with integer parameters: section 4.2, as far as it is used here. */
const ITEM = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"((?:;[a-z*][a-z0-9_.*-]*=-?\d{1,15})*)$/;

/** The two headers after these policies, taken apart. */
function headersOf(...quotas: Quota[]) {
  const headers = new Map<string, unknown>();
  const reply = {
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    header: (name: string, value: unknown) => headers.set(name.toLowerCase(), value),
  } as unknown as FastifyReply;
  new RateLimitHeaders(readSettings({})).tell(
    reply,
    quotas.map(({ policy: name, limit, windowMs }) => ({ name, limit, windowMs })),
    quotas.map(({ limit, remaining, resetSeconds }) => ({
      allowed: true,
      limit,
      remaining,
      resetMs: resetSeconds * 1000,
      retryAfterMs: 0,
    })),
  );
  return { policy: String(headers.get('ratelimit-policy')), limit: String(headers.get('ratelimit')) };
}

const unit = fc.oneof(
  fc.constantFrom('"', '\\', ' ', 'a', '\n', 'é'),
  fc.string({ unit: 'binary', maxLength: 1 }),
);

describe('the RateLimit headers', () => {
  it('say the policy, and what is left of it', () => {
    expect(headersOf(QUOTA)).toEqual({ policy: '"default";q=10;w=60', limit: '"default";r=7;t=42' });
  });

  it('list several policies', () => {
    expect(
      headersOf(QUOTA, {
        ...QUOTA,
        policy: 'burst',
        limit: 2,
        windowMs: 1000,
        remaining: 0,
        resetSeconds: 1,
      }),
    ).toEqual({
      policy: '"default";q=10;w=60, "burst";q=2;w=1',
      limit: '"default";r=7;t=42, "burst";r=0;t=1',
    });
  });

  it('leave out a window that is no whole second', () => {
    expect(headersOf({ ...QUOTA, windowMs: 500 }).policy).toBe('"default";q=10');
  });

  it('hold any name as a string that a parser reads, and a plain one unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit }), (policy) => {
        const headers = headersOf({ ...QUOTA, policy });
        for (const header of Object.values(headers)) {
          const [, name] = ITEM.exec(header) ?? [];
          expect(name).toBeDefined();
          const read = name.replace(/\\(.)/g, '$1');
          expect(read).toBe(policy.replace(/[^\x20-\x7e]/g, '?'));
        }
      }),
    );
  });
});
