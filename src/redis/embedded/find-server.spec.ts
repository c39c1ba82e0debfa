import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findRedisServer } from './find-server.js';

describe('the server of the embedded mode', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-find-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function program(name: string, mode = 0o755): string {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  }

  const path = (...folders: string[]) => folders.map((each) => join(folder, each)).join(delimiter);

  it('is the configured one and no other', () => {
    const configured = program('mine');
    program('bin/redis-server');
    expect(findRedisServer(configured, path('bin'))).toBe(configured);
    expect(() => findRedisServer(join(folder, 'none'), path('bin'))).toThrow(
      /^REDIS_SERVER_BIN is .*none, which cannot be run\. Install redis-server or valkey-server/,
    );
  });

  it('is the first on PATH, redis-server before valkey-server', () => {
    const valkey = program('a/valkey-server');
    expect(findRedisServer(undefined, path('a', 'b'))).toBe(valkey);
    const redis = program('b/redis-server');
    expect(findRedisServer(undefined, path('a', 'b'))).toBe(redis);
  });

  it('is nothing that cannot be run', () => {
    program('a/redis-server', 0o644);
    for (const each of [path('a'), '', delimiter]) {
      expect(() => findRedisServer(undefined, each)).toThrow('No Redis server was found on PATH.');
    }
  });
});
