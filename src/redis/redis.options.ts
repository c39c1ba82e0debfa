import { hostname } from 'node:os';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Topology } from './redis.url.js';

export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** Shown by CLIENT LIST, after the host and the process id. */
  readonly role: string;
  readonly prefix: string;
  /** Absent for a connection that blocks on purpose. */
  readonly commandTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 2000;
const LONGEST_RETRY_PAUSE_MS = 1000;

/**
 * Options under which no command outlives its deadline and none is sent twice: nothing queues while the
 * connection is down, nothing unanswered is resent after a reconnect, and a server that stays silent for a
 * whole deadline loses its connection, so that later commands fail at once instead of piling up in its socket.
 */
function redisOptions({ role, prefix, commandTimeoutMs }: ConnectionOptions): RedisOptions {
  return {
    lazyConnect: true,
    connectionName: `${prefix}:${role}:${hostname()}:${process.pid}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    socketTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: retryPause,
  };
}

/** 10, 20, 40 ... up to a second, with jitter so that a fleet does not reconnect in step. */
function retryPause(attempt: number): number {
  return Math.min(10 * 2 ** Math.min(attempt - 1, 10), LONGEST_RETRY_PAUSE_MS) * (0.75 + Math.random() / 2);
}

/** A connection of the topology, not yet connecting. */
export function createConnection(topology: Topology, options: ConnectionOptions): RedisConnection {
  const common = redisOptions(options);
  switch (topology.kind) {
    case 'standalone':
      return new Redis({ ...common, ...topology.node, ...topology.login });
    case 'sentinel':
      return new Redis({
        ...common,
        ...topology.login,
        sentinels: [...topology.nodes],
        name: topology.master,
        sentinelRetryStrategy: retryPause,
        // Without it a client stays with a master that is frozen rather than dead, and its writes are lost.
        failoverDetector: true,
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
      });
    case 'cluster':
      return new Cluster([...topology.nodes], clusterOptions({ ...common, ...topology.login }));
  }
}

function clusterOptions(redis: RedisOptions): ClusterOptions {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryPause,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    maxRedirections: 3,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    redisOptions: redis,
  };
}
