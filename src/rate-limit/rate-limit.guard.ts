import { type ExecutionContext, Injectable } from '@nestjs/common';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import {
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
} from '../http/index.js';
import type { Check } from './decision.js';
import { ThrottlerPolicies } from './policies/throttler-policy.js';
import { RouteLimiter } from './route-limiter.js';
import { RouteLimits } from './route-limits.js';

const decisionSlot = new RequestSlot<Promise<boolean>>();

/** What the throttlers of a request want to charge, while ThrottlerGuard goes through them. */
const collectedSlot = new RequestSlot<Check[]>();

const NOT_LIMITED = Promise.resolve(true);

/**
 * Charges whoever asks for a limited route: all policies of the route in one decision, which charges all or none of
 * them. It begins with the request; here its answer is awaited.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard implements RequestStarter {
  readonly feature = 'rate-limit';
  private readonly policies = new ThrottlerPolicies();

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    private readonly routes: RouteLimits,
    private readonly limiter: RouteLimiter,
    private readonly starters: RequestStarters,
  ) {
    super(options, storage, routes.reflector);
  }

  override async onModuleInit(): Promise<void> {
    await super.onModuleInit();
    this.starters.register(this);
  }

  /** What is fixed is read here, once a route; what depends on the request is asked on each. */
  prepare(route: Route): Start | undefined {
    const checksOf =
      this.routes.byPolicies(route) ??
      this.routes.byThrottlers(route, this.throttlers, (context) => this.collect(context));
    if (!checksOf) return undefined;
    return (request, context) => {
      this.limiter.warnOfProxy(request);
      const checks = checksOf(request, context);
      const charged =
        checks instanceof Promise
          ? checks.then((all) => this.limiter.charge(all, context))
          : this.limiter.charge(checks, context);
      decisionSlot.set(request, startedEarly(charged));
    };
  }

  /** What the starter has begun; a route without a decision is not limited. */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    return decisionSlot.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? NOT_LIMITED;
  }

  /** ThrottlerGuard resolves numbers that depend on the request; what it would charge one by one is collected. */
  private async collect(context: ExecutionContext): Promise<readonly Check[]> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const checks: Check[] = [];
    collectedSlot.set(request, checks);
    await super.canActivate(context);
    return checks;
  }

  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration, getTracker, generateKey } = request;
    const { req } = this.getRequestResponse(context);
    const ignored = throttler.ignoreUserAgents ?? this.commonOptions.ignoreUserAgents ?? [];
    // Not RegExp.test(), which with the flag g answers every other time.
    if (ignored.some((pattern) => String(req.headers['user-agent']).search(pattern) >= 0)) return true;
    const name = throttler.name ?? 'default';
    const key = generateKey(context, await getTracker(req, context), name);
    collectedSlot
      .get(req as FastifyRequest)
      ?.push({ policy: this.policies.of(name, limit, ttl, blockDuration), key });
    return true;
  }

  /** The key's parts as they are: RateLimitKeys makes one digest of them, and a second one would only cost. */
  protected override generateKey(context: ExecutionContext, tracker: string, policy: string): string {
    return this.routes.throttlerKey(
      { controller: context.getClass(), handler: context.getHandler() },
      tracker,
      policy,
    );
  }
}
