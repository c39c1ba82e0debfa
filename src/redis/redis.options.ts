import { hostname } from 'node:os';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Topology } from './redis.url.js';

export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** Shown by CLIENT LIST, after the host and the process id. */
  readonly role: string;
  readonly prefix: string;
  /** A server that owes an answer for so long loses the connection. Absent for one that blocks on purpose. */
  readonly silenceTimeoutMs?: number;
  /**
   * Speaks RESP2: only there do the invalidation messages of Redis reach ioredis, as messages of a channel.
   */
  readonly isForTracking?: boolean;
  /** It is not made anew when it is lost: whoever had it may need another node. */
  readonly endsWhenLost?: boolean;
}

const CONNECT_TIMEOUT_MS = 2000;
/** With its jitter and the handshake, a server that is back is met again within a second. */
const LONGEST_RETRY_PAUSE_MS = 400;
/** How long a server may take to close a connection that is given up; then the socket is cut. */
const DISCONNECT_TIMEOUT_MS = 100;

/**
 * Options under which no command is sent twice and none waits unseen: nothing queues while the connection is down,
 * and nothing unanswered is resent after a reconnect. The deadline of a command is CommandDeadline's.
 */
function redisOptions(options: ConnectionOptions): RedisOptions {
  const { role, prefix, silenceTimeoutMs, isForTracking, endsWhenLost } = options;
  return {
    lazyConnect: true,
    connectionName: `${prefix}:${role}:${hostname()}:${process.pid}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    socketTimeout: silenceTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Whoever subscribes does so on each 'ready'. ioredis would too, and nobody could catch it when the connection is gone again.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: endsWhenLost ? null : retryPause,
    ...(isForTracking ? { protocol: 2 } : {}),
    // A master that became a replica: its address leads to the new one, as after a failover behind a name.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
}

/** 10, 20, 40 ... up to 0.4 s, with jitter so that a fleet does not reconnect in step. */
export function retryPause(attempt: number): number {
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
      return connectNodesEarly(
        new Cluster([...topology.nodes], clusterOptions({ ...common, ...topology.login })),
      );
  }
}

/**
 * A node connects when it is found and not with its first command, which would wait in a queue that no deadline
 * empties. A command for a node that is not connected yet is refused, as elsewhere.
 */
function connectNodesEarly(cluster: Cluster): Cluster {
  const connect = (node: Redis): void => {
    if (node.status === 'wait' && !node.options.readOnly) node.connect().catch(() => undefined);
  };
  cluster.on('ready', () => cluster.nodes('master').forEach(connect));
  cluster.on('+node', (node: Redis) => {
    if (cluster.status === 'ready') connect(node);
  });
  return cluster;
}

function clusterOptions(redis: RedisOptions): ClusterOptions {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryPause,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    maxRedirections: 3,
    // Any other number sends what a lost connection left unanswered again.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 50,
    redisOptions: redis,
  };
}
