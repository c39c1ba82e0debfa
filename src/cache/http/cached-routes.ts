import { Injectable, type NestInterceptor, RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  REDIRECT_METADATA,
  RENDER_METADATA,
  SSE_METADATA,
} from '@nestjs/common/constants.js';
import {
  type ApplicationConfig,
  DiscoveryService,
  MetadataScanner,
  ModuleRef,
  Reflector,
} from '@nestjs/core';
import { checkTemplate, type Route } from '../../http/index.js';
import {
  CACHE_KEY,
  CACHE_TTL,
  CACHED,
  type CachedOptions,
  INVALIDATES_CACHE,
  type InvalidatesCacheOptions,
} from './cache.metadata.js';
import { CachedRoute } from './cached-route.js';
import { InvalidatingRoute } from './invalidating-route.js';
import { InvalidCachedRouteError } from './route.errors.js';
import { serializersOf } from './serializers.js';

type Controller = ReturnType<DiscoveryService['getControllers']>[number];
type Understood = CachedRoute | InvalidatingRoute;

const READS = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.ALL];

/** Understands the cache's decorators of all routes when the app starts, so that a mistake in one is heard of at once. */
@Injectable()
export class CachedRoutes {
  private readonly known = new Map<Type, Map<unknown, Understood>>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Once all modules are there. @throws InvalidCachedRouteError */
  understandAll(): void {
    for (const controller of this.discovery.getControllers()) {
      const type = controller.metatype as Type;
      const prototype = type.prototype as Record<string, Route['handler']>;
      const routes = new Map<unknown, Understood>();
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        const understood = this.understand({ controller: type, handler }, controller);
        if (understood) routes.set(handler, understood);
      }
      if (routes.size > 0) this.known.set(type, routes);
    }
  }

  of({ controller, handler }: Route): Understood | undefined {
    return this.known.get(controller)?.get(handler);
  }

  /** Whether a route keeps what is a session's. */
  get keepSessions(): boolean {
    const all = [...this.known.values()].flatMap((routes) => [...routes.values()]);
    return all.some((route) => route instanceof CachedRoute && route.scope === 'session');
  }

  private understand(route: Route, controller: Controller): Understood | undefined {
    const { handler } = route;
    const cached = this.reflector.get<CachedOptions | undefined>(CACHED, handler);
    const invalidates = this.reflector.get<InvalidatesCacheOptions | undefined>(INVALIDATES_CACHE, handler);
    if (!cached && !invalidates) return undefined;
    const name = `${route.controller.name}.${handler.name}`;
    try {
      if (cached && invalidates) throw new TypeError('it cannot both be cached and invalidate');
      checkParameters(cached ?? invalidates ?? {}, route, controller);
      if (invalidates) return new InvalidatingRoute(invalidates);
      checkHandler(handler);
      return this.cachedRoute(name, cached ?? {}, route, controller);
    } catch (error) {
      throw new InvalidCachedRouteError(name, (error as Error).message, { cause: error });
    }
  }

  private cachedRoute(
    name: string,
    options: CachedOptions,
    route: Route,
    controller: Controller,
  ): CachedRoute {
    const targets = [route.handler, route.controller];
    const injectables = controller.host?.injectables;
    const instanceOf = (type: Type<NestInterceptor>) => {
      const wrapper = injectables?.get(type);
      return wrapper?.isDependencyTreeStatic() ? (wrapper.instance as NestInterceptor) : undefined;
    };
    return new CachedRoute({
      name,
      options,
      key: this.reflector.getAllAndOverride(CACHE_KEY, targets),
      ttl: this.reflector.getAllAndOverride(CACHE_TTL, targets),
      serialize: serializersOf(route, this.globalInterceptors(), instanceOf),
    });
  }

  /** Nest keeps them where only its own code looks. */
  private globalInterceptors(): (Type | NestInterceptor)[] {
    const { container } = this.moduleRef as unknown as {
      readonly container: { readonly applicationConfig: ApplicationConfig };
    };
    const config = container.applicationConfig;
    const ofRequests = config.getGlobalRequestInterceptors().map(({ metatype }) => metatype as Type);
    return [...config.getGlobalInterceptors(), ...ofRequests];
  }
}

/** @throws TypeError for a handler whose answers are no answers of a value. */
function checkHandler(handler: Route['handler']): void {
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  if (method !== undefined && !READS.includes(method)) throw new TypeError('only GET and HEAD are cached');
  const others = { '@Sse()': SSE_METADATA, '@Render()': RENDER_METADATA, '@Redirect()': REDIRECT_METADATA };
  for (const [decorator, metadata] of Object.entries(others)) {
    if (Reflect.hasMetadata(metadata, handler))
      throw new TypeError(`${decorator} and @Cached() exclude each other`);
  }
}

/** @throws TypeError for a template that names what the path has not: all requests would share an entry. */
function checkParameters(
  { key, keys = [], tags = [], prefix }: CachedOptions & InvalidatesCacheOptions,
  route: Route,
  { host }: Controller,
): void {
  for (const template of [key, prefix, ...keys, ...tags]) {
    if (template !== undefined) checkTemplate(template, route, host?.metatype as Type | undefined);
  }
}
