import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ThrottlerOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { Route } from '../http/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import type { Check } from './decision.js';
import { RATE_LIMITED, type RateLimitRule } from './decorators/rate-limit.decorator.js';
import { PoliciesService } from './policies/policies.service.js';
import type { Policy } from './policies/policy.js';
import { readPolicy } from './policies/read-policy.js';
import { throttlerPolicy } from './policies/throttler-policy.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { addressOf, trackerOf } from './trackers.js';

/** What a request wants to spend. A promise only where an answer needs one. */
export type ChecksOf = (
  request: FastifyRequest,
  context: ExecutionContext,
) => readonly Check[] | Promise<readonly Check[]>;

/** What `@Throttle()` leaves on a handler or a controller. */
const THROTTLE_METADATA = 'THROTTLER:LIMIT';

/** Reads the limits of a route from its decorators. */
@Injectable()
export class RouteLimits {
  constructor(
    readonly reflector: Reflector,
    private readonly policies: PoliciesService,
    private readonly metrics: RateLimitMetrics,
  ) {}

  /** By `@RateLimit('policy', ...)`; undefined where the route has none. */
  byPolicies(route: Route): ChecksOf | undefined {
    const targets = [route.handler, route.controller];
    const all = this.reflector.getAllAndOverride<RateLimitRule[] | undefined>(RATE_LIMITED, targets) ?? [];
    const rules = all.map(withValidPolicy).filter(({ policy }) => !this.skips(route, nameOf(policy)));
    if (rules.length === 0 || this.skips(route, 'default')) return undefined;
    return (request, context) => {
      const checks = rules.map((rule) => this.check(rule, request, context));
      return checks.some((check) => check instanceof Promise)
        ? Promise.all(checks).then(present)
        : present(checks as (Check | undefined)[]);
    };
  }

  /**
   * By `@RateLimit()` or `@Throttle()`: the throttlers of the app; undefined where the route has neither.
   *
   * @param resolve asked on each request where a number, a key or a skip depends on it.
   */
  byThrottlers(
    route: Route,
    throttlers: readonly ThrottlerOptions[],
    resolve: (context: ExecutionContext) => Promise<readonly Check[]>,
  ): ChecksOf | undefined {
    if (!isLimited(route)) return undefined;
    const fixed = throttlers
      .filter(({ name = 'default' }) => !this.skips(route, name))
      .map((throttler) => this.fixedPolicy(route, throttler));
    if (fixed.length === 0) return undefined;
    if (fixed.some((policy) => policy === undefined)) return (_request, context) => resolve(context);
    const policies = fixed.filter((policy) => policy !== undefined);
    return (request) => {
      const address = addressOf(request);
      return policies.map((policy) => ({ policy, key: this.throttlerKey(route, address, policy.name) }));
    };
  }

  /** Each route has a budget of its own, as in ThrottlerGuard. */
  throttlerKey({ controller, handler }: Route, tracker: string, policy: string): string {
    return `${controller.name}-${handler.name}-${policy}-${tracker}`;
  }

  private check(
    rule: RateLimitRule,
    request: FastifyRequest,
    context: ExecutionContext,
  ): Check | undefined | Promise<Check | undefined> {
    const { by = 'ip', cost = 1, skip } = rule;
    const parts = [
      trackerOf(by, request, context),
      typeof cost === 'function' ? cost(request) : cost,
      skip?.(request) ?? false,
    ] as const;
    const build = ([key, spent, skipped]: readonly [string, number, boolean]): Check | undefined => {
      // Read last: the policy may change while the others are awaited.
      const policy = this.policyOf(rule);
      return policy === undefined || skipped || spent === 0 ? undefined : { policy, key, cost: spent };
    };
    return parts.some((part) => part instanceof Promise)
      ? Promise.all(parts).then(build)
      : build(parts as readonly [string, number, boolean]);
  }

  /** Failure policy: one that was never read, because Redis is away since the boot, allows. */
  private policyOf({ policy }: RateLimitRule): Policy | undefined {
    if (typeof policy !== 'string') return policy;
    try {
      return this.policies.get(policy);
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) {
        throw new Error(`@RateLimit() names the policy "${policy}", which does not exist`, { cause: error });
      }
      this.metrics.unchecked(policy);
      return undefined;
    }
  }

  /** The policy of a throttler for a route, or undefined when it depends on the request. */
  private fixedPolicy({ handler, controller }: Route, throttler: ThrottlerOptions) {
    const { name = 'default' } = throttler;
    const read = (key: string): unknown =>
      this.reflector.getAllAndOverride(`THROTTLER:${key}${name}`, [handler, controller]);
    const limit = read('LIMIT') ?? throttler.limit;
    const ttl = read('TTL') ?? throttler.ttl;
    const block = read('BLOCK_DURATION') ?? throttler.blockDuration ?? ttl;
    const numbers = [limit, ttl, block].every((value) => typeof value === 'number');
    const { skipIf, getTracker, generateKey, ignoreUserAgents } = throttler;
    const special = [
      read('TRACKER'),
      read('KEY_GENERATOR'),
      skipIf,
      getTracker,
      generateKey,
      ignoreUserAgents,
    ];
    if (!numbers || special.some((value) => value !== undefined)) return undefined;
    return throttlerPolicy(name, limit as number, ttl as number, block as number);
  }

  private skips({ handler, controller }: Route, policy: string): boolean {
    return this.reflector.getAllAndOverride(`THROTTLER:SKIP${policy}`, [handler, controller]) === true;
  }
}

const nameOf = (policy: string | Policy): string => (typeof policy === 'string' ? policy : policy.name);

/** A policy that stands in the code is checked like one that comes from outside. @throws Error */
function withValidPolicy(rule: RateLimitRule): RateLimitRule {
  if (typeof rule.policy === 'string') return rule;
  const { name, ...plain } = rule.policy;
  return { ...rule, policy: readPolicy(name, plain) };
}

function present(checks: readonly (Check | undefined)[]): Check[] {
  return checks.filter((check) => check !== undefined);
}

function isLimited({ handler, controller }: Route): boolean {
  return [handler, controller].some((target) =>
    Reflect.getMetadataKeys(target).some(
      (key) => key === RATE_LIMITED || String(key).startsWith(THROTTLE_METADATA),
    ),
  );
}
