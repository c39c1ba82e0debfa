import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './redis.options.js';

/** What ioredis does not publish: the connection to a node over which a Cluster subscribes. */
interface Subscribing {
  readonly subscriber: { getInstance(): Redis | null };
}

/**
 * A Cluster replaces the connection over which it subscribes without a word, and what was published meanwhile is lost. So it
 * connects anew as a whole, and its listeners hear 'close' and 'ready', as those of a single server do.
 */
export function tellLosses(connection: RedisConnection): RedisConnection {
  if (!(connection instanceof Cluster)) return connection;
  connection.on('ready', () => {
    const node = (connection as unknown as Subscribing).subscriber.getInstance();
    node?.once('end', () => {
      if (connection.status === 'ready') connection.disconnect(true);
    });
  });
  return connection;
}
