import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import {
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
  startedEarly,
} from '../../http/index.js';
import { CacheEngine, type Outcome } from '../cache-engine.js';
import { CacheWrites } from '../cache-writes.js';
import { toPolicy } from '../loads/load-policy.js';
import { CacheValue } from '../values/cache-value.js';
import {
  CACHED,
  type CachedOptions,
  INVALIDATES_CACHE,
  type InvalidatesCacheOptions,
} from './cache.metadata.js';
import { carriesCredentials, keyFromTemplate, keyFromUrl } from './request-key.js';

/** Answers a request from the cache whose read has begun, or from its handler. */
export const cachedSlot = new RequestSlot<(reply: FastifyReply, next: () => unknown) => Promise<string>>();

/** Removes what a request has made stale. */
export const invalidationSlot = new RequestSlot<() => Promise<void>>();

const CACHE_STATUS: Readonly<Record<Outcome['status'], string>> = {
  hit: 'holdfast; hit',
  stale: 'holdfast; hit; ttl=-1',
  miss: 'holdfast; fwd=miss; stored',
  shared: 'holdfast; fwd=miss; collapsed',
  unavailable: 'holdfast; fwd=bypass',
};

/** Begins the read of `@Cached()` routes with the request, and gives `@InvalidatesCache()` routes their store. */
@Injectable()
export class CacheStarter implements RequestStarter, OnModuleInit {
  readonly feature = 'cache';

  constructor(
    private readonly engine: CacheEngine,
    private readonly writes: CacheWrites,
    private readonly reflector: Reflector,
    private readonly starters: RequestStarters,
  ) {}

  onModuleInit(): void {
    this.starters.register(this);
  }

  prepare({ controller, handler }: Route): Start | undefined {
    const cached = this.reflector.get<CachedOptions | undefined>(CACHED, handler);
    if (cached) return this.startRead(cached, `${controller.name}.${handler.name}`);
    const invalidates = this.reflector.get<InvalidatesCacheOptions | undefined>(INVALIDATES_CACHE, handler);
    return invalidates && this.prepareInvalidation(invalidates);
  }

  private startRead({ key: template, scope, ttlMs }: CachedOptions, source: string): Start {
    const keyOf = template === undefined ? keyFromUrl : keyFromTemplate(template);
    // No early load: the handler runs within a request.
    const policy = toPolicy({ ttlMs, beta: 0, source });
    return (request) => {
      if (request.method !== 'GET' || (scope !== 'public' && carriesCredentials(request))) return;
      const key = keyOf(request);
      const begun = this.engine.begin(key, policy);
      if (begun instanceof Promise) startedEarly(begun);
      cachedSlot.set(request, async (reply, next) => {
        const load = async () => CacheValue.ofJson(JSON.stringify(await next()));
        const { value, status } = await this.engine.resolve({ key, load, policy }, begun);
        reply
          .header('content-type', 'application/json; charset=utf-8')
          .header('cache-status', CACHE_STATUS[status]);
        return value.asJson;
      });
    };
  }

  private prepareInvalidation({ keys }: InvalidatesCacheOptions): Start {
    const keysOf = keys.map(keyFromTemplate);
    return (request) => {
      invalidationSlot.set(request, async () => {
        await this.writes.invalidate({ keys: keysOf.map((keyOf) => keyOf(request)) });
      });
    };
  }
}
