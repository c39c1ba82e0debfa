import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';
import { createConnection, type ConnectionOptions, type RedisConnection } from './redis.options.js';
import { type ShardedListener, ShardedSubscriber } from './redis.sharded.js';
import { tellLosses } from './redis.subscriber.js';
import type { RedisNode, Topology } from './redis.url.js';

const CLOSE_TIMEOUT_MS = 500;

/** Beyond the deadline, for a handshake that is not answered: no command waits for it. */
const SILENCE_TIMEOUT_MS = 2000;

/**
 * Makes, names, counts and closes every connection of the process to one Redis.
 * One is for commands; a feature asks for more only to subscribe or to block.
 */
export class RedisConnections {
  /** For commands that answer at once, each within the deadline. */
  readonly commands: RedisConnection;
  private readonly open = new Set<RedisConnection>();
  private subscribing?: RedisConnection;
  private readonly shardedSubscribers: ShardedSubscriber[] = [];
  /** Those who wait until commands can be sent. */
  private readonly awaiting = new Set<() => void>();
  private readonly logger = new Logger('Redis');

  constructor(
    private readonly topology: Topology,
    private readonly prefix: string,
    /** The deadline of a command on `commands`. */
    readonly commandTimeoutMs: number,
    role = 'commands',
  ) {
    this.commands = this.create({ role, prefix, silenceTimeoutMs: SILENCE_TIMEOUT_MS + commandTimeoutMs });
    this.onReady(() => this.ready && this.awaiting.forEach((done) => done()));
    this.connect(this.commands, role);
  }

  /**
   * The one connection for pub/sub, made when it is first asked for. Whoever subscribes hears the messages of all, and
   * subscribes again whenever it is ready: what was said meanwhile is lost.
   */
  get subscriber(): RedisConnection {
    return (this.subscribing ??= tellLosses(this.connection('subscriber')));
  }

  /** Sharded pub/sub, over a connection to each node that it needs. Of a Cluster only. */
  sharded(listener: ShardedListener): ShardedSubscriber {
    const { commands } = this;
    if (!(commands instanceof Cluster)) throw new Error('Sharded pub/sub is for a Cluster');
    const subscriber = new ShardedSubscriber(commands, (node) => this.connectionTo(node), listener);
    this.shardedSubscribers.push(subscriber);
    return subscriber;
  }

  /** A further connection, for a blocking reader or the messages of tracking; closed with the others. */
  connection(role: string, options: Pick<ConnectionOptions, 'isForTracking'> = {}): RedisConnection {
    // One that may be silent for long has no say in when its socket is dead; that of tracking hears a beat.
    const silenceTimeoutMs = options.isForTracking ? SILENCE_TIMEOUT_MS : undefined;
    const connection = this.create({ ...options, silenceTimeoutMs, role, prefix: this.prefix });
    this.connect(connection, role);
    return connection;
  }

  /**
   * Drops the command connection, which comes back by itself: the server behind it has fallen silent. Of a
   * Cluster only the nodes that owe answers: the others are well.
   */
  reconnect(): void {
    const { commands } = this;
    const silent = commands instanceof Cluster ? commands.nodes().filter(owesAnswers) : [commands];
    for (const { stream } of silent) stream?.destroy(new Error('no answer within the deadline'));
  }

  /** True while commands can be sent: in a Cluster, to every master. */
  get ready(): boolean {
    const { commands } = this;
    const masters = commands instanceof Cluster ? commands.nodes('master') : [];
    return [commands, ...masters].every(({ status }) => status === 'ready');
  }

  /** Calls back whenever commands can be sent that could not before: in a Cluster, to one more node. */
  onReady(listener: () => void): void {
    const { commands } = this;
    commands.on('ready', listener);
    if (!(commands instanceof Cluster)) return;
    for (const node of commands.nodes()) node.on('ready', listener);
    commands.on('+node', (node: Redis) => node.on('ready', listener));
  }

  /** Calls back whenever anything at all comes in on the connection for commands, be it a part of an answer. */
  onData(listener: () => void): void {
    const listen = (node: Redis) => {
      const attach = () => node.stream?.on('data', listener);
      node.on('connect', attach);
      if (node.status === 'connect' || node.status === 'ready') attach();
    };
    const { commands } = this;
    if (!(commands instanceof Cluster)) return listen(commands);
    commands.nodes().forEach(listen);
    commands.on('+node', listen);
  }

  /** The servers that hold the keys: for what is asked of each of them. */
  get masters(): readonly Redis[] {
    const { commands } = this;
    return commands instanceof Cluster ? commands.nodes('master') : [commands];
  }

  /** Settles when commands can be sent, or after the timeout; never rejects. @returns whether they can. */
  async readyWithin(timeoutMs: number): Promise<boolean> {
    if (this.ready) return true;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.awaiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs).unref();
      this.awaiting.add(done);
    });
    return this.ready;
  }

  /** True where keys lie on different servers. */
  get clustered(): boolean {
    return this.topology.kind === 'cluster';
  }

  get count(): number {
    return this.open.size;
  }

  /** Leaves Redis: QUIT, or after half a second the socket is cut. */
  async close(): Promise<void> {
    for (const subscriber of this.shardedSubscribers) subscriber.close();
    await Promise.all([...this.open].map((connection) => leave(connection)));
    this.open.clear();
  }

  private create(options: ConnectionOptions, topology = this.topology): RedisConnection {
    const connection = createConnection(topology, options);
    this.open.add(connection);
    connection.once('end', () => this.open.delete(connection));
    return connection;
  }

  /** Not yet connecting. */
  private connectionTo(node: RedisNode): Redis {
    const silenceTimeoutMs = SILENCE_TIMEOUT_MS + this.commandTimeoutMs;
    const options = { role: 'shard-subscriber', prefix: this.prefix, silenceTimeoutMs, endsWhenLost: true };
    return this.create(options, { kind: 'standalone', node, login: this.topology.login }) as Redis;
  }

  /** Goes on trying by itself; a Redis that is absent at boot does not stop the boot. */
  private connect(connection: RedisConnection, role: string): void {
    let reported = false;
    connection.on('error', (error: Error) => {
      if (!reported) this.logger.warn(`${role}: ${error.message || error.name}`);
      reported = true;
    });
    connection.on('ready', () => {
      if (reported) this.logger.log(`${role}: connected again`);
      reported = false;
    });
    connection.connect().catch(() => {
      // Reported by the 'error' listener; the retry strategy goes on.
    });
  }
}

/** ioredis does not publish its queue of what was sent and not answered. */
function owesAnswers(node: Redis): boolean {
  return (node as unknown as { commandQueue: { length: number } }).commandQueue.length > 0;
}

async function leave(connection: RedisConnection): Promise<void> {
  const quit = connection.status === 'ready' ? connection.quit().catch(() => 'gone') : undefined;
  await Promise.race([quit, pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  connection.disconnect();
}
