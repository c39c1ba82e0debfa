import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
} from '../http/index.js';
import { Metrics } from '../observability/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import { RATE_LIMITED } from './decorators/rate-limit.decorator.js';
import { RateLimitedError } from './rate-limit.errors.js';
import { addRateLimitHeaders } from './rate-limit.headers.js';

const decisionSlot = new RequestSlot<Promise<boolean>>();

/** What `@Throttle()` leaves on a handler or a controller. */
const THROTTLE_METADATA = 'THROTTLER:LIMIT';

const NOT_LIMITED = Promise.resolve(true);

/**
 * Charges the client of each limited route. The charge begins with the request; here its answer is awaited.
 * Failure policy: while Redis is away requests are allowed, and counted in `rate_limit_unchecked_total`.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard implements RequestStarter {
  readonly feature = 'rate-limit';
  private readonly decisions;
  private readonly unchecked;

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly starters: RequestStarters,
    metrics: Metrics,
  ) {
    super(options, storage, reflector);
    this.decisions = metrics.counter('rate_limit_decisions_total', 'Requests that were checked.', [
      'policy',
      'allowed',
    ]);
    this.unchecked = metrics.counter(
      'rate_limit_unchecked_total',
      'Requests let through while Redis was away.',
      ['policy'],
    );
  }

  override async onModuleInit(): Promise<void> {
    await super.onModuleInit();
    this.starters.register(this);
  }

  prepare(route: Route): Start | undefined {
    if (!this.limits(route)) return undefined;
    return (request, context) => decisionSlot.set(request, startedEarly(super.canActivate(context)));
  }

  /** What the starter has begun; a route without a decision is not limited. */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    return decisionSlot.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? NOT_LIMITED;
  }

  /** One hit on one policy. */
  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration, getTracker, generateKey } = request;
    const { req, res } = this.getRequestResponse(context) as { req: FastifyRequest; res: FastifyReply };
    const policy = throttler.name ?? 'default';
    const key = generateKey(context, await getTracker(req, context), policy);
    const hit = await this.charge(key, ttl, limit, blockDuration, policy);
    if (!hit) return true;
    this.decisions.inc({ policy, allowed: String(!hit.isBlocked) });
    const resetSeconds = hit.isBlocked ? hit.timeToBlockExpire : hit.timeToExpire;
    const remaining = hit.isBlocked ? 0 : Math.max(0, limit - hit.totalHits);
    addRateLimitHeaders(res, { policy, limit, windowMs: ttl, remaining, resetSeconds });
    if (hit.isBlocked) throw new RateLimitedError(policy, resetSeconds * 1000);
    return true;
  }

  private async charge(
    ...[key, ttl, limit, blockDuration, policy]: Parameters<ThrottlerStorage['increment']>
  ) {
    try {
      return await this.storageService.increment(key, ttl, limit, blockDuration, policy);
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      this.unchecked.inc({ policy });
      return undefined;
    }
  }

  private limits({ handler, controller }: Route): boolean {
    return [handler, controller].some((target) =>
      Reflect.getMetadataKeys(target).some(
        (key) => key === RATE_LIMITED || String(key).startsWith(THROTTLE_METADATA),
      ),
    );
  }
}
