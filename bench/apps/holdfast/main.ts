// The route of the benchmark as a team would write it: its own module beside the ones of Holdfast.
import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { Cached, CacheModule } from '../../../dist/cache/index.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RateLimit, RateLimitModule } from '../../../dist/rate-limit/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { RequireSession, SessionsModule } from '../../../dist/sessions/index.js';
import {
  CACHE_TTL_MS,
  NEVER_REACHED,
  REDIS_URL,
  reportToHarness,
  SESSION_TTL_MS,
  WINDOW_MS,
} from '../common/child.js';
import { ProductSource, type Product } from '../common/product.js';

const source = new ProductSource();

@Controller('products')
@RateLimit()
class ProductsController {
  @Get(':id')
  @RequireSession()
  @Cached({ key: 'products/{id}', ttlMs: CACHE_TTL_MS, scope: 'public' })
  async findOne(@Param('id') id: string): Promise<Product> {
    return await source.find(id);
  }
}

@Module({
  imports: [HttpModule, RedisModule, ObservabilityModule, RateLimitModule, SessionsModule, CacheModule],
  controllers: [ProductsController],
})
class HoldfastModule {}

async function main(): Promise<void> {
  const settings = readSettings({
    REDIS_URL,
    LOG_LEVEL: 'error',
    RATE_LIMIT: String(NEVER_REACHED),
    RATE_LIMIT_WINDOW_MS: String(WINDOW_MS),
    SESSION_IDLE_TTL_MS: String(SESSION_TTL_MS),
    // The peers' cache has no tier in the process either: both read Redis on every request.
    CACHE_LOCAL_ENTRIES: '0',
  });
  const app = await createApp(settings, HoldfastModule);
  await app.listen(0, '127.0.0.1');
  reportToHarness(await app.getUrl(), source);
}

void main();
