export { RedisThrottlerStorage } from './adapters/redis-throttler.storage.js';
export { RateLimit } from './decorators/rate-limit.decorator.js';
export { RateLimitedError } from './rate-limit.errors.js';
export { RateLimitModule } from './rate-limit.module.js';
