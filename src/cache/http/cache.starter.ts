import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
} from '../../http/index.js';
import { type Answer, CachedReads } from './cached-reads.js';
import { CachedRoute } from './cached-route.js';
import { CachedRoutes } from './cached-routes.js';
import type { InvalidatingRoute } from './invalidating-route.js';
import { RouteInvalidations } from './route-invalidations.js';

/** Answers a request from the cache whose read has begun, or from its handler. */
export const cachedSlot = new RequestSlot<Answer>();

/** Removes what a request has made stale, when its reply says that it has succeeded. */
export const invalidationSlot = new RequestSlot<(reply: FastifyReply) => Promise<void>>();

/** Begins the read of `@Cached()` routes with the request, and gives `@InvalidatesCache()` routes their store. */
@Injectable()
export class CacheStarter implements RequestStarter, OnModuleInit {
  readonly feature = 'cache';

  constructor(
    private readonly routes: CachedRoutes,
    private readonly reads: CachedReads,
    private readonly invalidations: RouteInvalidations,
    private readonly starters: RequestStarters,
  ) {}

  onModuleInit(): void {
    this.routes.understandAll();
    this.starters.register(this);
    if (this.routes.keepSessions) this.invalidations.followSessions();
  }

  prepare(route: Route): Start | undefined {
    const understood = this.routes.of(route);
    if (!understood) return undefined;
    return understood instanceof CachedRoute
      ? (request, context) => {
          if (isRead(request)) cachedSlot.set(request, this.reads.begin(understood, request, context));
        }
      : (request) => this.prepareInvalidation(understood, request);
  }

  private prepareInvalidation(route: InvalidatingRoute, request: FastifyRequest): void {
    invalidationSlot.set(request, (reply) => this.invalidations.run(route, request, reply));
  }
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
