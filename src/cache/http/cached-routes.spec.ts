import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  Injectable,
  Module,
  Param,
  Post,
  Redirect,
  Scope,
  Sse,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { DiscoveryModule, RouterModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { CacheTTL } from './cache-ttl.decorator.js';
import { Cached } from './cached.decorator.js';
import { CachedRoute } from './cached-route.js';
import { CachedRoutes } from './cached-routes.js';
import { InvalidatesCache } from './invalidates-cache.decorator.js';
import { InvalidCachedRouteError } from './route.errors.js';

const ttlMs = 1000;

@Injectable({ scope: Scope.REQUEST })
class RequestSerializer extends ClassSerializerInterceptor {}

async function understood(controller: Type, ...imports: object[]): Promise<CachedRoutes> {
  @Module({ controllers: [controller] })
  class PartModule {}
  const root = await Test.createTestingModule({
    imports: [
      DiscoveryModule,
      PartModule,
      ...imports.map((each) => (each === RouterModule ? nested(PartModule) : each)),
    ],
    providers: [CachedRoutes],
  } as Parameters<typeof Test.createTestingModule>[0]).compile();
  const routes = root.get(CachedRoutes);
  routes.understandAll();
  return routes;
}

const nested = (module: Type) => RouterModule.register([{ path: 'of/:tenant', module }]);

/** A controller with one route that bears these decorators. */
function withRoute(...decorators: MethodDecorator[]): Type {
  @Controller('parts/:part')
  class PartsController {
    read(@Param('id') id: string): string {
      return id;
    }
  }
  const { prototype } = PartsController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'read')!;
  for (const decorate of decorators) decorate(prototype, 'read', descriptor);
  Object.defineProperty(prototype, 'read', descriptor);
  return PartsController;
}

describe('the routes of an app', () => {
  it.each<[string, MethodDecorator[], string]>([
    ['no ttl', [Cached(), Get(':id')], 'neither ttlMs nor @CacheTTL()'],
    ['a bad ttl', [Cached({ ttlMs: -1 }), Get(':id')], 'ttlMs must be an integer'],
    ['an empty vary', [Cached({ ttlMs, vary: [] }), Get(':id')], 'vary is empty'],
    ['a parameter that is not there', [Cached({ ttlMs, key: 'a:{ids}' }), Get(':id')], 'no parameter "ids"'],
    ['one in a tag', [Cached({ ttlMs, tags: ['a:{i}'] }), Get(':id')], 'no parameter "i"'],
    ['a method that changes', [Cached({ ttlMs }), Post(':id')], 'only GET and HEAD'],
    ['events', [Cached({ ttlMs }), Sse(':id')], '@Sse() and @Cached()'],
    ['a redirection', [Cached({ ttlMs }), Redirect('/'), Get(':id')], '@Redirect() and @Cached()'],
    [
      'both',
      [Cached({ ttlMs }), InvalidatesCache({ keys: ['a'] }), Get(':id')],
      'both be cached and invalidate',
    ],
    ['nothing in a key', [InvalidatesCache({ keys: [''] }), Post(':id')], 'is empty'],
    ['nothing in a prefix', [InvalidatesCache({ prefix: '' }), Post(':id')], 'is empty'],
    [
      'a parameter that a prefix has not',
      [InvalidatesCache({ prefix: '{x}' }), Post(':id')],
      'no parameter "x"',
    ],
    [
      'a serialiser of the request',
      [Cached({ ttlMs }), UseInterceptors(RequestSerializer), Get(':id')],
      'RequestSerializer depends on the request',
    ],
  ])('are refused with %s, by name', async (_what, decorators, message) => {
    const refused = understood(withRoute(...decorators));
    await expect(refused).rejects.toThrow(InvalidCachedRouteError);
    await expect(refused).rejects.toThrow(/^PartsController\.read: /);
    await expect(refused).rejects.toThrow(message);
  });

  it('may name the parameters of the controller and of the module', async () => {
    const decorators = [Cached({ ttlMs, key: '{tenant}:{part}:{id}' }), Get(':id')];
    await expect(understood(withRoute(...decorators))).rejects.toThrow('no parameter "tenant"');
    const controller = withRoute(...decorators);
    const routes = await understood(controller, RouterModule);
    const { read } = controller.prototype as { read: () => void };
    expect(routes.of({ controller, handler: read })).toBeInstanceOf(CachedRoute);
  });

  it('have the ttl of their controller', async () => {
    const controller = withRoute(Cached({ scope: 'session' }), Get(':id'));
    CacheTTL(7000)(controller);
    const routes = await understood(controller);
    const { read } = controller.prototype as { read: () => void };
    const route = routes.of({ controller, handler: read }) as CachedRoute;
    expect([route.fixedPolicy.ttlMs, routes.keepSessions]).toEqual([7000, true]);
    expect(routes.of({ controller, handler: () => undefined })).toBeUndefined();
  });
});
