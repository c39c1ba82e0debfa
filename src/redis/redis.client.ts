import type { Cluster, Redis } from 'ioredis';
import { CommandDeadline } from './redis.deadline.js';
import type { RedisConnections } from './redis.connections.js';
import { StateStoreUnavailableError, toStateStoreError } from './redis.errors.js';
import type { Script, ScriptArgument, ScriptParameters } from './redis.script.js';

export type CommandOutcome = 'ok' | 'unavailable' | 'error';

export interface CommandObservation {
  readonly feature: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: CommandOutcome;
}

/**
 * The one way to Redis: runs scripts and plain commands within the deadline, reports each of them to the
 * observers, and turns transport faults into {@link StateStoreUnavailableError}. Injectable.
 */
export class RedisClient {
  private readonly observers: ((observation: CommandObservation) => void)[] = [];

  private readonly deadline: CommandDeadline;

  constructor(readonly connections: RedisConnections) {
    this.deadline = new CommandDeadline(connections.commandTimeoutMs, () => connections.reconnect());
  }

  /** True while commands can be sent. */
  get ready(): boolean {
    return this.connections.ready;
  }

  observe(observer: (observation: CommandObservation) => void): void {
    this.observers.push(observer);
  }

  /**
   * Runs a script: one round trip (a second one when the server has lost the script).
   *
   * @throws StateStoreUnavailableError when no answer came within the deadline.
   */
  run<K extends string, A extends string, R>(
    script: Script<K, A, R>,
    parameters: ScriptParameters<K, A>,
  ): Promise<R> {
    const args: ScriptArgument[] = script.keys.map((key) => parameters.keys[key]);
    for (const name of script.args) args.push(parameters.args[name]);
    if (parameters.rest) args.push(...parameters.rest);
    return this.observed(script.feature, script.name, () => this.send(script, args), script.reply);
  }

  /**
   * Sends plain commands, for the few that need no script.
   *
   * @param operation names the use in metrics: `<feature>.<verb>`.
   * @throws StateStoreUnavailableError when no answer came within the deadline.
   */
  call<R>(operation: `${string}.${string}`, send: (redis: Redis | Cluster) => Promise<R>): Promise<R> {
    const feature = operation.slice(0, operation.indexOf('.'));
    return this.observed(
      feature,
      operation,
      () => send(this.connections.commands),
      (reply) => reply,
    );
  }

  /**
   * What is sent in one turn of the event loop leaves in one write: a system call costs more than a command.
   * A Cluster has a socket a node and does without.
   */
  private batchWrites(): void {
    const stream = 'stream' in this.connections.commands ? this.connections.commands.stream : undefined;
    if (!stream || stream.writableCorked > 0) return;
    stream.cork();
    setImmediate(() => stream.uncork());
  }

  private observed<Raw, R>(
    feature: string,
    operation: string,
    send: () => Promise<Raw>,
    toReply: (raw: Raw) => R,
  ): Promise<R> {
    const startedAt = performance.now();
    this.batchWrites();
    return this.deadline.race(send).then(
      (raw) => {
        this.report(feature, operation, startedAt, 'ok');
        return toReply(raw);
      },
      (cause: unknown) => {
        const error = toStateStoreError(cause);
        const outcome = error instanceof StateStoreUnavailableError ? 'unavailable' : 'error';
        this.report(feature, operation, startedAt, outcome);
        throw error;
      },
    );
  }

  private report(feature: string, operation: string, startedAt: number, outcome: CommandOutcome): void {
    const durationMs = performance.now() - startedAt;
    for (const observer of this.observers) observer({ feature, operation, durationMs, outcome });
  }

  /**
   * EVALSHA, and EVAL when the server does not know the script. ioredis' own commands answer NOSCRIPT with another
   * EVALSHA where they believe the script loaded, which a server that forgets again refuses again.
   */
  private send(
    { sha, lua, keys }: Script<string, string, unknown>,
    args: ScriptArgument[],
  ): Promise<unknown> {
    const redis = this.connections.commands;
    return redis.evalsha(sha, keys.length, ...args).catch((error: Error) => {
      if (!error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(lua, keys.length, ...args);
    });
  }
}

/** The Redis of the cache: that of CACHE_REDIS_URL, else the shared one. Injectable. */
export class CacheRedisClient extends RedisClient {}
