import type { Duplex } from 'node:stream';
import { setImmediate as turnEnd } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { type ScriptCall, ScriptBatches } from './redis.batch.js';
import { CommandDeadline } from './redis.deadline.js';
import type { RedisConnections } from './redis.connections.js';
import { StateStoreUnavailableError, toStateStoreError } from './redis.errors.js';
import { evaluate } from './redis.evaluate.js';
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
  private readonly batches = new ScriptBatches(
    (script, calls) => this.sendCalls(script, calls),
    (work) => this.together(work),
  );
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
   * Runs a script: one round trip (a second one when the server has lost the script). Calls of one script in one
   * turn of the event loop leave together, except in a Cluster, where their slots differ.
   *
   * @throws StateStoreUnavailableError when no answer came within the deadline.
   */
  run<K extends string, A extends string, R>(
    script: Script<K, A, R>,
    { keys: byKey, args: byName, restKeys, rest, onSent }: ScriptParameters<K, A>,
  ): Promise<R> {
    const keys = script.keys.map((key) => byKey[key]);
    const args = script.args.map((name) => byName[name]);
    if (rest || restKeys || this.connections.clustered) {
      const { feature, name, reply } = script;
      if (restKeys) keys.push(...restKeys);
      const leave = () => {
        onSent?.();
        return this.observed(feature, name, () =>
          evaluate(this.connections.commands, script, keys.length, [...keys, ...args, ...(rest ?? [])]),
        );
      };
      // Whoever wants to know when it leaves lets others join it until then: it waits for them as a batch does.
      return (onSent ? turnEnd().then(leave) : leave()).then(reply);
    }
    return new Promise((resolve, reject) => {
      this.batches.add(script, { keys, args, resolve: (raw) => resolve(script.reply(raw)), reject, onSent });
    });
  }

  /**
   * Sends plain commands, for the few that need no script.
   *
   * @param operation names the use in metrics: `<feature>.<verb>`.
   * @throws StateStoreUnavailableError when no answer came within the deadline.
   */
  call<R>(operation: `${string}.${string}`, send: (redis: Redis | Cluster) => Promise<R>): Promise<R> {
    const feature = operation.slice(0, operation.indexOf('.'));
    return this.observed(feature, operation, () => send(this.connections.commands));
  }

  /**
   * What is sent in one turn of the event loop leaves in one write: a system call costs more than a command.
   * A Cluster has a socket a node and does without.
   */
  private batchWrites(): void {
    const { stream } = this;
    if (!stream || stream.writableCorked > 0) return;
    stream.cork();
    setImmediate(() => stream.uncork());
  }

  /**
   * Sends what `work` sends in one write. For whoever collects a turn's calls and sends them at its end: what others
   * have held back in that turn goes with it.
   */
  together<R>(work: () => R): R {
    const { stream } = this;
    if (!stream || stream.writableCorked > 0) return work();
    stream.cork();
    try {
      return work();
    } finally {
      stream.uncork();
    }
  }

  private get stream(): Duplex | undefined {
    const { commands } = this.connections;
    return 'stream' in commands ? commands.stream : undefined;
  }

  private observed<R>(feature: string, operation: string, send: () => Promise<R>): Promise<R> {
    const startedAt = performance.now();
    this.batchWrites();
    return this.deadline.race(send).then(
      (raw) => {
        this.report(feature, operation, startedAt, 'ok');
        return raw;
      },
      (cause: unknown) => {
        const error = toStateStoreError(cause);
        const outcome = error instanceof StateStoreUnavailableError ? 'unavailable' : 'error';
        this.report(feature, operation, startedAt, outcome);
        throw error;
      },
    );
  }

  private sendCalls(script: Script, calls: readonly ScriptCall[]): void {
    const alone = calls.length === 1;
    const parameters: ScriptArgument[] = [];
    for (const { keys } of calls) parameters.push(...keys);
    for (const { args } of calls) parameters.push(...args);
    const keyCount = script.keys.length * calls.length;
    const text = alone ? script : script.batch;
    const { commands } = this.connections;
    this.observed(script.feature, script.name, () => evaluate(commands, text, keyCount, parameters)).then(
      (replies) =>
        calls.forEach((call, index) => settle(call, alone ? replies : (replies as unknown[])[index])),
      (error: Error) => calls.forEach(({ reject }) => reject(error)),
    );
  }

  private report(feature: string, operation: string, startedAt: number, outcome: CommandOutcome): void {
    const durationMs = performance.now() - startedAt;
    for (const observer of this.observers) observer({ feature, operation, durationMs, outcome });
  }
}

/** In a list of replies, the error of one call stands in its place. A reply that cannot be read is the caller's. */
function settle({ resolve, reject }: ScriptCall, raw: unknown): void {
  if (raw instanceof Error) return reject(toStateStoreError(raw));
  try {
    resolve(raw);
  } catch (error) {
    reject(error as Error);
  }
}

/** The Redis of the cache: that of CACHE_REDIS_URL, else the shared one. Injectable. */
export class CacheRedisClient extends RedisClient {}
