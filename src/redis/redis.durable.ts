import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { RedisClient } from './redis.client.js';
import { StateStoreUnavailableError, toStateStoreError } from './redis.errors.js';
import { evaluate } from './redis.evaluate.js';
import type { RedisConnection } from './redis.options.js';
import type { Script, ScriptParameters } from './redis.script.js';

/** Where a write must be before it counts. */
export interface Durability {
  /** On so many replicas, in their memory. */
  readonly replicas: number;
  /** Also on the disk of the master and of each of those replicas: WAITAOF, Redis 7.2 or newer, with appendonly on. */
  readonly disk?: boolean;
  /** How long to wait for that, in ms. */
  readonly timeoutMs: number;
}

/**
 * Runs scripts whose writes must survive the loss of a server. WAIT blocks a connection, so this has one of its own, made
 * when it is first needed. Injectable.
 */
@Injectable()
export class DurableRedis {
  private connection?: RedisConnection;

  constructor(private readonly redis: RedisClient) {}

  /**
   * Two round trips, and what the replicas take. Not in a Cluster, where WAIT would ask any node.
   *
   * @returns `isDurable`: false when too few had the write in time. It stands all the same.
   * @throws StateStoreUnavailableError when Redis is away, or cannot say.
   */
  async run<K extends string, A extends string, R>(
    script: Script<K, A, R>,
    { keys, args }: ScriptParameters<K, A>,
    durability: Durability,
  ): Promise<{ reply: R; isDurable: boolean }> {
    const { connections } = this.redis;
    if (connections.clustered) throw new StateStoreUnavailableError();
    this.connection ??= connections.connection('durable');
    const redis = await this.ready(this.connection);
    const values = [...script.keys.map((key) => keys[key]), ...script.args.map((name) => args[name])];
    const raw = await this.within(0, evaluate(redis, script, script.keys.length, values));
    const isDurable = await this.within(durability.timeoutMs, isWritten(redis, durability));
    return { reply: script.reply(raw), isDurable };
  }

  private async ready(connection: RedisConnection): Promise<RedisConnection> {
    if (connection.status === 'ready') return connection;
    const late = new AbortController();
    await this.within(0, once(connection, 'ready', { signal: late.signal })).finally(() => late.abort());
    return connection;
  }

  /** The deadline of a command, beside the time that it may block. */
  private within<T>(blockMs: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timeoutMs = this.redis.connections.commandTimeoutMs + blockMs;
      const timer = setTimeout(() => reject(new StateStoreUnavailableError()), timeoutMs).unref();
      work
        .then(resolve, (error: Error) => reject(toStateStoreError(error)))
        .finally(() => clearTimeout(timer));
    });
  }
}

async function isWritten(redis: RedisConnection, durability: Durability): Promise<boolean> {
  const { replicas, disk, timeoutMs } = durability;
  if (!disk) return (await redis.wait(replicas, timeoutMs)) >= replicas;
  // Known to no typed method. A server without it, or without appendonly, refuses: then nothing is on a disk.
  const written = redis.call('WAITAOF', 1, replicas, timeoutMs) as Promise<[number, number]>;
  const [local, remote] = await written.catch((error: Error) => {
    if (/unknown command|appendonly/i.test(error.message)) return [0, 0];
    throw error;
  });
  return local >= 1 && remote >= replicas;
}
