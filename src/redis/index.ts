export { findRedisServer } from './embedded/find-server.js';
export { RedisProcess, type RedisProcessOptions } from './embedded/redis-process.js';
export {
  CacheRedisClient,
  type CommandObservation,
  type CommandOutcome,
  RedisClient,
} from './redis.client.js';
export { connectRedis } from './redis.connect.js';
export { RedisConnections } from './redis.connections.js';
export { CommandDeadline, DeadlineExceededError } from './redis.deadline.js';
export { type Durability, DurableRedis } from './redis.durable.js';
export { StateStoreUnavailableError } from './redis.errors.js';
export { encodeId, ID_RULE, isId, MAX_ID_BYTES, RedisKeys } from './redis.keys.js';
export { DEFAULT_NAMESPACE, RedisKeyspace } from './redis.keyspace.js';
export { KeyTracking, type KeyTrackingListener } from './redis.key-tracking.js';
export { RedisModule } from './redis.module.js';
export { sendTwice } from './redis.resend.js';
export type { ShardedListener, ShardedSubscriber } from './redis.sharded.js';
export {
  defineScript,
  NOW,
  type Script,
  type ScriptArgument,
  type ScriptParameters,
} from './redis.script.js';
export { RedisTime } from './redis.time.js';
export { parseRedisUrl, type Topology } from './redis.url.js';
