import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, mergeMap, type Observable } from 'rxjs';
import {
  RequestSlot,
  type RequestStarter,
  RequestStarters,
  type Route,
  type Start,
} from '../../http/index.js';
import { type CacheOutcome, type CacheRead, CacheStore } from '../cache.store.js';
import { CACHED, type CachedOptions } from './cached.decorator.js';
import { INVALIDATES_CACHE, type InvalidatesCacheOptions } from './invalidates-cache.decorator.js';
import { carriesCredentials, keyFromTemplate, keyFromUrl } from './request-key.js';

interface StartedRead {
  readonly key: string;
  readonly read: Promise<CacheRead>;
}

const startedSlot = new RequestSlot<StartedRead>();

const CACHE_STATUS: Readonly<Record<CacheOutcome['status'], string>> = {
  hit: 'holdfast; hit',
  miss: 'holdfast; fwd=miss; stored',
  shared: 'holdfast; fwd=miss; collapsed',
  unavailable: 'holdfast; fwd=bypass',
};

/** Serves `@Cached()` and `@InvalidatesCache()`. The read begins with the request; here its answer is awaited. */
@Injectable()
export class CacheInterceptor implements NestInterceptor, RequestStarter, OnModuleInit {
  readonly feature = 'cache';

  constructor(
    private readonly store: CacheStore,
    private readonly reflector: Reflector,
    private readonly starters: RequestStarters,
  ) {}

  onModuleInit(): void {
    this.starters.register(this);
  }

  prepare({ handler }: Route): Start | undefined {
    const options = this.reflector.get<CachedOptions | undefined>(CACHED, handler);
    if (!options) return undefined;
    const keyOf = options.key === undefined ? keyFromUrl : keyFromTemplate(options.key);
    return (request) => {
      if (request.method !== 'GET' || (options.scope !== 'public' && carriesCredentials(request))) return;
      const key = keyOf(request);
      startedSlot.set(request, { key, read: this.store.begin(key) });
    };
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const started = startedSlot.get(request);
    if (started) return from(this.serve(context, started, next));
    const invalidates = this.reflector.get<InvalidatesCacheOptions | undefined>(
      INVALIDATES_CACHE,
      context.getHandler(),
    );
    return invalidates ? this.invalidateAfter(next, request, invalidates) : next.handle();
  }

  private async serve(
    context: ExecutionContext,
    { key, read }: StartedRead,
    next: CallHandler,
  ): Promise<string> {
    const { ttlMs } = this.reflector.get<CachedOptions>(CACHED, context.getHandler());
    const load = async () => JSON.stringify(await lastValueFrom(next.handle()));
    const { text, status } = await this.store.finish(key, await read, load, ttlMs);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-status', CACHE_STATUS[status]);
    return text;
  }

  private invalidateAfter(
    next: CallHandler,
    request: FastifyRequest,
    { keys }: InvalidatesCacheOptions,
  ): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await this.store.invalidate(keys.map((key) => keyFromTemplate(key)(request)));
        return answer;
      }),
    );
  }
}
