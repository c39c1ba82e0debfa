import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { DataFolder, Settings } from '../../config/index.js';
import { findRedisServer } from './find-server.js';
import { RedisProcess } from './redis-process.js';

/** State is never evicted, and at most a second of writes is lost when the machine dies. */
const ARGS = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'everysec',
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
];

/** The Redis that the app runs for itself when REDIS_URL is unset. */
@Injectable()
export class EmbeddedRedis {
  private server?: RedisProcess;

  constructor(
    private readonly settings: Settings,
    private readonly folder: DataFolder,
  ) {}

  /**
   * Starts the server on a private port, with its files in DATA_DIR/redis.
   *
   * @returns its URL.
   * @throws RedisServerMissingError, DataFolderInUseError
   */
  async start(): Promise<string> {
    const binary = findRedisServer(this.settings.redisServerBin);
    const folder = join(await this.folder.claim(), 'redis');
    this.server = await RedisProcess.start({ binary, folder, args: ARGS });
    new Logger('Redis').log(`embedded ${binary} on port ${this.server.port}, files in ${folder}`);
    return this.server.url;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}
