import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { IsCidrList, IsPrefixList, IsRedisUrl } from './rules.js';
import { Setting } from './setting.decorator.js';

const DAY_MS = 86_400_000;

/**
 * Every setting of the process, with its default, its rule and its variable. Injectable by this class.
 * An instance is made by {@link readSettings} only, so a held instance is always valid.
 */
export class Settings {
  @Setting('PORT', 'TCP port of the HTTP server; 0 takes a free one.')
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 3000;

  @Setting('HOST', 'Address to listen on; beyond loopback ALLOW_UNAUTHENTICATED must be true.')
  @IsString()
  @Length(1, 255)
  readonly host: string = '127.0.0.1';

  @Setting(
    'REDIS_URL',
    '`redis://`, `rediss://`, `redis-sentinel://h1,h2/master` or `redis-cluster://h1,h2`. Unset: an embedded server.',
  )
  @IsOptional()
  @IsRedisUrl()
  readonly redisUrl?: string;

  @Setting('CACHE_REDIS_URL', 'A second Redis for the cache alone, which may evict. Unset: REDIS_URL.')
  @IsOptional()
  @IsRedisUrl()
  readonly cacheRedisUrl?: string;

  @Setting(
    'REDIS_SERVER_BIN',
    'The server that the embedded mode starts. Unset: `redis-server` or `valkey-server` on PATH.',
  )
  @IsOptional()
  @IsString()
  readonly redisServerBin?: string;

  @Setting('DATABASE_URL', 'A Postgres, as `postgres://user:password@host/database`. Unset: embedded PGlite.')
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/\S+$/, {
    message: 'must be a URL that starts with postgres:// or postgresql://',
  })
  readonly databaseUrl?: string;

  @Setting('DATA_DIR', 'Folder of the embedded servers. One process uses it at a time.')
  @IsString()
  @Length(1, 4096)
  readonly dataDir: string = '.holdfast';

  @Setting('KEY_PREFIX', 'First segment of every Redis key.')
  @Matches(/^[a-z0-9][a-z0-9_-]{0,31}$/, { message: 'must be 1 to 32 of a-z, 0-9, _ and -' })
  readonly keyPrefix: string = 'holdfast';

  @Setting('LOG_LEVEL', 'Least level that is logged.')
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly logLevel: string = 'info';

  @Setting('REDIS_COMMAND_TIMEOUT_MS', 'Deadline of a Redis command; then the failure policy.')
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly redisCommandTimeoutMs: number = 250;

  @Setting('DATABASE_TIMEOUT_MS', 'Deadline of one database statement, and of getting a connection.')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly databaseTimeoutMs: number = 5000;

  @Setting('SHUTDOWN_TIMEOUT_MS', 'From SIGTERM to the exit at the latest, in-flight requests included.')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly shutdownTimeoutMs: number = 25_000;

  @Setting('SESSION_IDLE_TTL_MS', 'A session ends after this long without use.')
  @IsInt()
  @Min(1000)
  @Max(400 * DAY_MS)
  readonly sessionIdleTtlMs: number = 1_800_000;

  @Setting('SESSION_ABSOLUTE_TTL_MS', 'A session ends this long after its creation, used or not.')
  @IsInt()
  @Min(1000)
  @Max(400 * DAY_MS)
  readonly sessionAbsoluteTtlMs: number = 604_800_000;

  @Setting(
    'SESSION_ROTATION_GRACE_MS',
    'After a rotation the old token works for so long; then it ends the session.',
  )
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly sessionRotationGraceMs: number = 10_000;

  @Setting('SESSION_MAX_PER_USER', 'Live sessions that a user may have; 0: any number.')
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly sessionMaxPerUser: number = 0;

  @Setting('SESSION_MAX_PER_USER_POLICY', 'What a login beyond that does: `evict-oldest` or `refuse`.')
  @IsIn(['evict-oldest', 'refuse'])
  readonly sessionMaxPerUserPolicy: 'evict-oldest' | 'refuse' = 'evict-oldest';

  @Setting(
    'SESSION_CACHE_MS',
    'Routes take a session that this replica has checked so lately without asking Redis; 0: never.',
  )
  @IsInt()
  @Min(0)
  @Max(1000)
  readonly sessionCacheMs: number = 0;

  @Setting('SESSION_COOKIE_NAME', 'Name of the session cookie.')
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -' })
  readonly sessionCookieName: string = '__Host-session';

  @Setting('SESSION_COOKIE_SAME_SITE', 'SameSite of the session cookie: `strict` or `lax`.')
  @IsIn(['strict', 'lax'])
  readonly sessionCookieSameSite: 'strict' | 'lax' = 'strict';

  @Setting('SESSION_COOKIE_SECURE', 'Send the session cookie over TLS alone.')
  @IsBoolean()
  readonly sessionCookieSecure: boolean = true;

  @Setting('SESSION_COOKIE_PATH', 'Path of the session cookie.')
  @Matches(/^\/[\w/.~-]{0,255}$/, { message: 'must be a path' })
  readonly sessionCookiePath: string = '/';

  @Setting('SESSION_COOKIE_DOMAIN', 'Domain of the session cookie. Unset: the host that sets it, alone.')
  @IsOptional()
  @Matches(/^[A-Za-z0-9.-]{1,253}$/, { message: 'must be a domain' })
  readonly sessionCookieDomain?: string;

  @Setting('COUNTER_IDLE_TTL_MS', 'A counter that is not counted for so long is deleted; 0: it stays.')
  @IsInt()
  @Min(0)
  @Max(400 * DAY_MS)
  readonly counterIdleTtlMs: number = 0;

  @Setting('RATE_LIMIT', 'Requests that one client may make to a limited route in one window.')
  @IsInt()
  @Min(0)
  readonly rateLimit: number = 1000;

  @Setting('RATE_LIMIT_WINDOW_MS', 'Length of that window.')
  @IsInt()
  @Min(100)
  @Max(DAY_MS)
  readonly rateLimitWindowMs: number = 60_000;

  @Setting('RATE_LIMIT_POLICIES_FILE', 'JSON file of policies by name, read again when it changes.')
  @IsOptional()
  @IsString()
  @Length(1, 4096)
  readonly rateLimitPoliciesFile?: string;

  @Setting('RATE_LIMIT_LEGACY_HEADERS', 'Send X-RateLimit-Limit, -Remaining and -Reset as well.')
  @IsBoolean()
  readonly rateLimitLegacyHeaders: boolean = false;

  @Setting('EVENTS_KEPT', 'Events that a stream keeps although every consumer group has acknowledged them.')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly eventsKept: number = 1000;

  @Setting('EVENTS_MAX', 'Events that a stream holds at most, acknowledged or not; the oldest are dropped.')
  @IsInt()
  @Min(1000)
  readonly eventsMax: number = 1_000_000;

  @Setting(
    'OWN_EVENTS',
    'Publish what happens in sessions, rate limits and the cache to the stream `holdfast`.',
  )
  @IsBoolean()
  readonly ownEvents: boolean = true;

  @Setting(
    'CACHE_LOCAL_ENTRIES',
    'Entries of the cache that a replica keeps in its own memory; 0 keeps none, and every read asks Redis.',
  )
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  readonly cacheLocalEntries: number = 10_000;

  @Setting('CACHE_LOCAL_BYTES', 'Memory that those may take.')
  @IsInt()
  @Min(0)
  readonly cacheLocalBytes: number = 67_108_864;

  @Setting('CACHE_COMPRESS_BYTES', 'Values of the cache are compressed from this size on.')
  @IsInt()
  @Min(0)
  readonly cacheCompressBytes: number = 16_384;

  @Setting(
    'CACHE_READ_TIMEOUT_MS',
    'When Redis has answered nothing at all for so long, values are loaded without it until it answers again.',
  )
  @IsInt()
  @Min(5)
  @Max(60_000)
  readonly cacheReadTimeoutMs: number = 40;

  @Setting(
    'CACHE_PREFIXES',
    'Comma-separated beginnings of cache keys, each of which one command invalidates, however many entries have it.',
  )
  @IsPrefixList()
  readonly cachePrefixes: string = '';

  @Setting('ACTIVITY_RETENTION_DAYS', 'For so long the days of an activity can be marked and counted.')
  @IsInt()
  @Min(1)
  @Max(3660)
  readonly activityRetentionDays: number = 400;

  @Setting('NODE_ENV', 'Anything but `production` freezes what the cache gives out, to find changes of it.')
  @IsString()
  readonly nodeEnv: string = 'development';

  @Setting('TRUST_PROXY', 'Comma-separated CIDRs of the proxies whose X-Forwarded-For is believed.')
  @IsCidrList()
  readonly trustProxy: string = '';

  @Setting('ALLOW_UNAUTHENTICATED', 'Listen beyond loopback although callers are not authenticated.')
  @IsBoolean()
  readonly allowUnauthenticated: boolean = false;

  @Setting('READINESS_REQUIRES_REDIS', 'Answer 503 on /health/ready while Redis is away, not `degraded`.')
  @IsBoolean()
  readonly readinessRequiresRedis: boolean = false;
}
