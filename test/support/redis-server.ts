import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer, RedisProcess } from '../../src/redis/index.js';

export interface TestRedisOptions {
  /** A fixed port, to restart a server where it was. */
  readonly port?: number;
  /** An earlier server's folder, to restart it with its data. */
  readonly folder?: string;
  /** Further arguments; without any, nothing is written to disk. */
  readonly args?: readonly string[];
}

const running = new Set<TestRedis>();

/** A redis-server of one test file's own, on a free port, gone when the file is done. */
export class TestRedis {
  private constructor(
    private readonly server: RedisProcess,
    readonly folder: string,
    /** A plain client to look at the server from outside. */
    readonly client: Redis,
  ) {}

  static async start(options: TestRedisOptions = {}): Promise<TestRedis> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
    const args = options.args ?? ['--save', '', '--appendonly', 'no'];
    const binary = findRedisServer(process.env.REDIS_SERVER_BIN);
    const server = await RedisProcess.start({ binary, folder, port: options.port, args });
    const client = new Redis(server.port, '127.0.0.1');
    client.on('error', () => undefined);
    const redis = new TestRedis(server, folder, client);
    running.add(redis);
    return redis;
  }

  get port(): number {
    return this.server.port;
  }

  get url(): string {
    return this.server.url;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.server.signal('SIGSTOP');
  }

  thaw(): void {
    this.server.signal('SIGCONT');
  }

  /** kill -9. The folder and the port stay free for a restart. */
  async kill(): Promise<void> {
    await this.server.stop({ force: true });
  }

  /** The same folder on the same port, after `kill()` or `shutdown()`. */
  async restart(args?: readonly string[]): Promise<TestRedis> {
    this.client.disconnect();
    running.delete(this);
    return TestRedis.start({ port: this.port, folder: this.folder, args });
  }

  /** All keys, but the one by which replicas say that they are alive: it comes when it comes. */
  async keys(): Promise<string[]> {
    const keys = await this.client.keys('*');
    return keys.filter((key) => !key.endsWith(':rate-limit:{replicas}:alive'));
  }

  /** Ends the server as an operator would: it saves what it is set to save. */
  async shutdown(): Promise<void> {
    await this.server.stop();
  }

  async stop(): Promise<void> {
    running.delete(this);
    this.client.disconnect();
    this.server.signal('SIGCONT');
    await this.server.stop({ force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

afterAll(async () => {
  await Promise.all([...running].map((redis) => redis.stop()));
});
