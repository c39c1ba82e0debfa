import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../errors/index.js';
import { RequestStarters, type Start } from './request-starters.js';

const REQUIRED_FEATURES = Symbol('required features');

/** Marks a route that must not be served when the feature that protects it is not part of the app. */
export const RequiresFeature = (feature: string): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRED_FEATURES, [feature]);

/** A route asks for a protection that no module of this app gives. */
export class FeatureNotInstalledError extends DomainError {
  readonly code = 'FEATURE_NOT_INSTALLED';
  readonly status = 503;
  readonly title = 'A feature that this route needs is not part of the server';

  constructor(feature: string) {
    super(`This route needs "${feature}", which is not part of this server.`);
  }
}

interface Plan {
  readonly starts: readonly Start[];
  readonly missing?: string;
}

/**
 * Runs before all other guards: lets every feature send what it needs from Redis in one tick, so that a request
 * costs one round trip whatever the number of features on its way.
 */
@Injectable()
export class StarterGuard implements CanActivate {
  private readonly plans = new WeakMap<object, Plan>();

  constructor(
    private readonly starters: RequestStarters,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const plan = this.plans.get(context.getHandler()) ?? this.plan(context);
    if (plan.missing) throw new FeatureNotInstalledError(plan.missing);
    if (plan.starts.length > 0) {
      const request = context.switchToHttp().getRequest<FastifyRequest>();
      for (const start of plan.starts) start(request, context);
    }
    return true;
  }

  /** Decorators do not change, so they are read once a route. */
  private plan(context: ExecutionContext): Plan {
    const route = { controller: context.getClass(), handler: context.getHandler() };
    const required = this.reflector.getAllAndMerge<string[]>(REQUIRED_FEATURES, [
      route.handler,
      route.controller,
    ]);
    const missing = required.find((feature) => !this.starters.has(feature));
    const plan = { starts: this.starters.prepare(route), missing };
    this.plans.set(route.handler, plan);
    return plan;
  }
}
