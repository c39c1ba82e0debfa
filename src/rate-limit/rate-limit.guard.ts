import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  normalizeIp,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerOptions,
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
import type { Hit } from './rate-limit.scripts.js';

const DEFAULT_POLICY = 'default';

/** What a policy means for a route, in ThrottlerGuard's words. */
interface Plan extends Pick<ThrottlerRequest, 'limit' | 'ttl' | 'blockDuration' | 'generateKey'> {
  readonly policy: string;
}

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

  /** Where all numbers are fixed they are read here, once; a function of the request is asked on each. */
  prepare(route: Route): Start | undefined {
    if (!this.limits(route)) return undefined;
    const plans = this.throttlers.map((throttler) => this.plan(route, throttler));
    const decide = plans.every((plan) => plan !== undefined)
      ? (context: ExecutionContext) => this.decide(context, plans)
      : (context: ExecutionContext) => super.canActivate(context);
    return (request, context) => decisionSlot.set(request, startedEarly(decide(context)));
  }

  /** What the starter has begun; a route without a decision is not limited. */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    return decisionSlot.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? NOT_LIMITED;
  }

  /** The key's parts as they are: RateLimitKeys makes one digest of them, and a second one would only cost. */
  protected override generateKey(context: ExecutionContext, tracker: string, policy: string): string {
    return `${context.getClass().name}-${context.getHandler().name}-${policy}-${tracker}`;
  }

  /** The plan of a throttler for a route, or undefined when it depends on the request. */
  private plan({ handler, controller }: Route, throttler: ThrottlerOptions): Plan | undefined {
    const policy = throttler.name ?? DEFAULT_POLICY;
    const read = (key: string): unknown =>
      this.reflector.getAllAndOverride(`THROTTLER:${key}${policy}`, [handler, controller]);
    const limit = read('LIMIT') ?? throttler.limit;
    const ttl = read('TTL') ?? throttler.ttl;
    const blockDuration = read('BLOCK_DURATION') ?? throttler.blockDuration ?? ttl;
    const isFixed = [limit, ttl, blockDuration].every((value) => typeof value === 'number');
    const isSpecial = ['TRACKER', 'KEY_GENERATOR', 'SKIP'].some((key) => read(key) !== undefined);
    if (!isFixed || isSpecial) return undefined;
    const generateKey = this.generateKey.bind(this);
    return { policy, limit, ttl, blockDuration, generateKey } as Plan;
  }

  private async decide(context: ExecutionContext, plans: readonly Plan[]): Promise<boolean> {
    const tracker = normalizeIp(
      context.switchToHttp().getRequest<FastifyRequest>().ip,
      this.ipv6SubnetPrefix,
    );
    for (const plan of plans) await this.check(context, plan, tracker);
    return true;
  }

  /** The way of requests whose numbers depend on them: ThrottlerGuard resolves those and comes here. */
  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration, getTracker, generateKey } = request;
    const tracker = await getTracker(this.getRequestResponse(context).req, context);
    const policy = throttler.name ?? DEFAULT_POLICY;
    return this.check(context, { policy, limit, ttl, blockDuration, generateKey }, tracker);
  }

  /** One hit on one policy. Failure policy: while Redis is away the request is let through. */
  private async check(context: ExecutionContext, plan: Plan, tracker: string): Promise<boolean> {
    const { policy, limit, ttl, blockDuration } = plan;
    const key = plan.generateKey(context, tracker, policy);
    let hit: Hit;
    try {
      hit = await this.storageService.increment(key, ttl, limit, blockDuration, policy);
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      this.unchecked.inc({ policy });
      return true;
    }
    this.tell(context.switchToHttp().getResponse(), plan, hit);
    if (hit.isBlocked) throw new RateLimitedError(policy, hit.timeToBlockExpire * 1000);
    return true;
  }

  private tell(reply: FastifyReply, { policy, limit, ttl }: Plan, hit: Hit): void {
    this.decisions.inc({ policy, allowed: hit.isBlocked ? 'false' : 'true' });
    const resetSeconds = hit.isBlocked ? hit.timeToBlockExpire : hit.timeToExpire;
    const remaining = hit.isBlocked ? 0 : Math.max(0, limit - hit.totalHits);
    addRateLimitHeaders(reply, { policy, limit, windowMs: ttl, remaining, resetSeconds });
  }

  private limits({ handler, controller }: Route): boolean {
    return [handler, controller].some((target) =>
      Reflect.getMetadataKeys(target).some(
        (key) => key === RATE_LIMITED || String(key).startsWith(THROTTLE_METADATA),
      ),
    );
  }
}
