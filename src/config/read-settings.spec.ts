import { InvalidSettingsError, readSettings, settingDescriptions } from './index.js';

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have defaults', () => {
    expect(readSettings({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataDir: '.holdfast',
      keyPrefix: 'holdfast',
      logLevel: 'info',
      redisCommandTimeoutMs: 250,
      shutdownTimeoutMs: 25_000,
      sessionIdleTtlMs: 1_800_000,
      sessionAbsoluteTtlMs: 604_800_000,
      trustProxy: '',
      allowUnauthenticated: false,
      readinessRequiresRedis: false,
    });
  });

  it('leave the stores to the embedded servers', () => {
    const { redisUrl, cacheRedisUrl, databaseUrl, redisServerBin } = readSettings({});
    expect([redisUrl, cacheRedisUrl, databaseUrl, redisServerBin]).toEqual(Array(4).fill(undefined));
  });

  it('are read from their variables, and an empty one is unset', () => {
    const settings = readSettings({
      PORT: '0',
      HOST: '',
      REDIS_URL: 'redis-cluster://h1,h2',
      READINESS_REQUIRES_REDIS: 'true',
      TRUST_PROXY: '10.0.0.0/8, ::1',
    });
    expect(settings).toMatchObject({
      port: 0,
      host: '127.0.0.1',
      redisUrl: 'redis-cluster://h1,h2',
      readinessRequiresRedis: true,
      trustProxy: '10.0.0.0/8, ::1',
    });
  });

  it('cannot be changed afterwards', () => {
    expect(() => Object.assign(readSettings({}), { port: 1 })).toThrow(TypeError);
  });

  it.each([
    ['PORT', ['-1', '65536', '80.5', '0x50', 'http', ' 80', '1e3']],
    ['REDIS_URL', ['localhost', 'http://redis', 'redis://', 'redis-sentinel://s1']],
    ['CACHE_REDIS_URL', ['localhost:6379']],
    ['DATABASE_URL', ['mysql://db', 'postgres://', 'postgres://a b']],
    ['KEY_PREFIX', ['Holdfast', 'a:b', '{a}', '-a', 'x'.repeat(33)]],
    ['LOG_LEVEL', ['INFO', 'verbose']],
    ['REDIS_COMMAND_TIMEOUT_MS', ['9', '60001', '250ms']],
    ['SHUTDOWN_TIMEOUT_MS', ['99', '600001']],
    ['SESSION_IDLE_TTL_MS', ['999', '0']],
    ['SESSION_ABSOLUTE_TTL_MS', ['999', '34560000001']],
    ['SESSION_ROTATION_GRACE_MS', ['-1', '600001']],
    ['SESSION_MAX_PER_USER', ['-1', '10001']],
    ['SESSION_MAX_PER_USER_POLICY', ['evict', 'REFUSE']],
    ['SESSION_CACHE_MS', ['-1', '1001']],
    ['SESSION_COOKIE_NAME', ['a b', 'a=b', 'x'.repeat(65)]],
    ['SESSION_COOKIE_SAME_SITE', ['none', 'Lax']],
    ['SESSION_COOKIE_SECURE', ['yes', '0']],
    ['SESSION_COOKIE_PATH', ['shop', '/a;b', '/a b']],
    ['SESSION_COOKIE_DOMAIN', ['a.b; Path=/', 'a b']],
    ['RATE_LIMIT', ['-1', 'many']],
    ['RATE_LIMIT_WINDOW_MS', ['99', '86400001']],
    ['TRUST_PROXY', ['10.0.0.0/33', '::1/129', 'proxy', '10.0.0.1,', '10.0.0.0/8/8', '10.0.0.0/']],
    ['ALLOW_UNAUTHENTICATED', ['yes', '1', 'TRUE']],
    ['READINESS_REQUIRES_REDIS', ['no', '0']],
  ])('refuse a wrong %s', (variable, values) => {
    for (const value of values) {
      const faults = faultsOf({
        [variable]: value,
        ...(variable === 'SESSION_IDLE_TTL_MS' ? {} : { SESSION_IDLE_TTL_MS: '1000' }),
      });
      expect(faults[0]).toMatch(new RegExp(`^${variable}=.+: .+`));
    }
  });

  it.each([
    ['PORT', ['0', '65535']],
    ['REDIS_URL', ['rediss://u:p@h:1/0', 'redis-sentinel://h1,h2/main']],
    ['DATABASE_URL', ['postgres://u:p@h/d', 'postgresql://h']],
    ['KEY_PREFIX', ['a', 'my-app_2']],
    ['REDIS_COMMAND_TIMEOUT_MS', ['10', '60000']],
    ['RATE_LIMIT', ['0']],
    ['TRUST_PROXY', ['10.0.0.0/0', '::1/128', '10.1.2.3,fd00::/8']],
    ['LOG_LEVEL', ['silent', 'trace']],
  ])('take the bounds of %s', (variable, values) => {
    for (const value of values) expect(faultsOf({ [variable]: value })).toEqual([]);
  });

  it('name every fault at once, and no password', () => {
    const environment = { PORT: 'x', REDIS_URL: 'ftp://u:s3cret@h', DATABASE_URL: 'ftp://u:s3cret@h' };
    const faults = faultsOf(environment);
    expect(faults.map((fault) => fault.split('=')[0])).toEqual(['PORT', 'REDIS_URL', 'DATABASE_URL']);
    expect(faults.join()).not.toContain('s3cret');
    expect(new InvalidSettingsError(faults).message.split('\n')).toHaveLength(4);
  });

  it('refuse an idle timeout beyond the absolute one', () => {
    expect(faultsOf({ SESSION_IDLE_TTL_MS: '2000', SESSION_ABSOLUTE_TTL_MS: '1000' })).toEqual([
      'SESSION_IDLE_TTL_MS: must not be greater than SESSION_ABSOLUTE_TTL_MS',
    ]);
  });

  it.each([
    [{ SESSION_COOKIE_SECURE: 'false' }],
    [{ SESSION_COOKIE_PATH: '/shop' }],
    [{ SESSION_COOKIE_DOMAIN: 'a.example' }],
    [{ SESSION_COOKIE_NAME: '__Secure-sid', SESSION_COOKIE_SECURE: 'false' }],
  ])('refuse a cookie that no browser takes: %j', (environment) => {
    expect(faultsOf(environment)).toEqual([expect.stringContaining('SESSION_COOKIE_NAME')]);
    expect(() => readSettings({ ...environment, SESSION_COOKIE_NAME: 'sid' })).not.toThrow();
  });

  it('are described, each by one variable', () => {
    const descriptions = settingDescriptions();
    expect(new Set(descriptions.map(({ variable }) => variable)).size).toBe(descriptions.length);
    for (const { variable, description } of descriptions) {
      expect(variable).toMatch(/^[A-Z][A-Z_]*$/);
      expect(description).toMatch(/^.{10,}[.:]/);
    }
  });
});
