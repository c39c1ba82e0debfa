// The usual Nest stack: one well-known package for each concern, all on one Redis, with their documented settings.
import 'reflect-metadata';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Module, Param, UseGuards, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { createKeyv } from '@keyv/redis';
import { Redis } from 'ioredis';
import { CACHE_TTL_MS, NEVER_REACHED, REDIS_URL, reportToHarness, WINDOW_MS } from '../common/child.js';
import { ProductSource, type Product } from '../common/product.js';
import { LoginController, SessionGuard, useSessions } from './sessions.js';

/** Auto-pipelining was measured with and without, and is on because it makes this arm faster. */
const REDIS_OPTIONS = { enableAutoPipelining: true, maxRetriesPerRequest: 1 };

const source = new ProductSource();

@Controller('products')
@UseGuards(ThrottlerGuard, SessionGuard)
@UseInterceptors(CacheInterceptor)
class ProductsController {
  @Get(':id')
  async findOne(@Param('id') id: string): Promise<Product> {
    return await source.find(id);
  }
}

@Module({
  imports: [
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: WINDOW_MS, limit: NEVER_REACHED }],
      storage: new ThrottlerStorageRedisService(new Redis(REDIS_URL, REDIS_OPTIONS)),
    }),
    CacheModule.register({
      stores: [createKeyv(REDIS_URL, { namespace: 'app-cache' })],
      ttl: CACHE_TTL_MS,
    }),
  ],
  controllers: [ProductsController, LoginController],
})
class PeersModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(PeersModule, new FastifyAdapter(), {
    logger: ['error'],
  });
  await useSessions(app);
  await app.listen(0, '127.0.0.1');
  reportToHarness(await app.getUrl(), source);
}

void main();
