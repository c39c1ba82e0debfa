import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['redis-server', 'valkey-server'];

/** No server for the embedded mode: the message says what to do. */
export class RedisServerMissingError extends Error {
  constructor(reason: string) {
    super(`${reason} Install redis-server or valkey-server, set REDIS_SERVER_BIN to one, or set REDIS_URL.`);
    this.name = 'RedisServerMissingError';
  }
}

/**
 * The path of the server that the embedded mode starts.
 *
 * @param configured REDIS_SERVER_BIN; when set, nothing else is tried.
 * @throws RedisServerMissingError
 */
export function findRedisServer(configured?: string, path = process.env.PATH ?? ''): string {
  if (configured) {
    if (isExecutable(configured)) return configured;
    throw new RedisServerMissingError(`REDIS_SERVER_BIN is ${configured}, which cannot be run.`);
  }
  for (const name of NAMES) {
    for (const folder of path.split(delimiter)) {
      if (folder && isExecutable(join(folder, name))) return join(folder, name);
    }
  }
  throw new RedisServerMissingError('No Redis server was found on PATH.');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
