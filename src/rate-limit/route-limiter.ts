import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '../config/index.js';
import type { Check } from './decision.js';
import { RateLimitedError } from './rate-limit.errors.js';
import { RateLimitHeaders } from './rate-limit.headers.js';
import { RateLimitService } from './rate-limit.service.js';

/** Charges a request for a limited route, and tells the client. */
@Injectable()
export class RouteLimiter {
  private readonly logger = new Logger('RateLimit');
  private warnsOfProxies: boolean;

  constructor(
    private readonly limits: RateLimitService,
    private readonly headers: RateLimitHeaders,
    settings: Settings,
  ) {
    this.warnsOfProxies = settings.trustProxy === '';
  }

  /** @returns true. @throws RateLimitedError */
  async charge(checks: readonly Check[], context: ExecutionContext): Promise<boolean> {
    if (checks.length === 0) return true;
    const { allowed, decisions } = await this.limits.decide(checks);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    this.headers.tell(
      reply,
      checks.map(({ policy }) => policy),
      decisions,
    );
    if (!allowed) throw new RateLimitedError(decisions);
    return true;
  }

  /** Once: behind a proxy that is not trusted, all clients are one. */
  warnOfProxy({ headers }: FastifyRequest): void {
    if (!this.warnsOfProxies || headers['x-forwarded-for'] === undefined) return;
    this.warnsOfProxies = false;
    this.logger.warn(
      'A request came with X-Forwarded-For, and TRUST_PROXY is empty: behind a proxy all clients share the ' +
        'limits of its address. Set TRUST_PROXY to the CIDRs of your proxies.',
    );
  }
}
