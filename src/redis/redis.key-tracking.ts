import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis.client.js';

const INVALIDATIONS = '__redis__:invalidate';

/** How often it is proved that changes still arrive. */
const BEAT_MS = 200;

/** A connection that looks alive and gives back none of so many beats is given up. */
const MAX_UNHEARD_BEATS = 10;

export interface KeyTrackingListener {
  /** Keys were written, removed, evicted or have expired: whoever did it. Null: all of them. */
  changed(keys: readonly Buffer[] | null): void;
  /** From now on changes may be missed. */
  lost(): void;
  /** From now on every change is told, until `lost`. What changed before is not. */
  begun(): void;
}

/**
 * Tells which keys under a prefix change in Redis, by server-assisted tracking: `CLIENT TRACKING ON REDIRECT <id> BCAST
 * PREFIX <prefix> NOLOOP` on the command connection, so that its own plain writes are not told (those of its scripts are), to
 * a RESP2 connection of its own. Redis tells neither side when the other one is gone, so either one's loss is `lost`.
 * Of one server; in a Cluster each node would need a pair of connections.
 */
export class KeyTracking {
  private readonly commands: Redis;
  private readonly listening: Redis;
  /** Its messages come behind the invalidations that Redis sent before. */
  private readonly echoes: string;
  private timer?: NodeJS.Timeout;
  private beginning = Promise.resolve();
  private session = 0;
  private isOn = false;
  private hasWarned = false;
  private unheardBeats = 0;
  /** Monotonic, ms. All that changed before was told. */
  private provenAt = -Infinity;
  private readonly logger = new Logger('Redis');

  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly listener: KeyTrackingListener,
  ) {
    const { connections } = redis;
    if (connections.commands instanceof Cluster) throw new Error('KeyTracking is for one server');
    this.commands = connections.commands;
    this.listening = connections.connection('tracking', { isForTracking: true }) as Redis;
    this.echoes = `${prefix}{${randomUUID()}}:echo`;
  }

  /** Begins as soon as both connections are there, and anew whenever one of them was gone. */
  start(): void {
    this.listening.on('messageBuffer', (channel: Buffer, message: unknown) => this.hear(channel, message));
    for (const connection of [this.commands, this.listening]) {
      connection.on('close', () => this.lose());
      connection.on('ready', () => this.begin());
    }
    this.timer = setInterval(() => this.beat(), BEAT_MS).unref();
    this.begin();
  }

  stop(): void {
    clearInterval(this.timer);
    this.lose();
  }

  /**
   * When all that had changed in Redis was told, as of the last proof; -Infinity while changes may be missed.
   * Monotonic, ms.
   */
  get coherentAt(): number {
    return this.provenAt;
  }

  /** One attempt after the other: they share the listening connection's state. */
  private begin(): void {
    this.lose();
    this.beginning = this.beginning.then(() => this.attempt());
  }

  private async attempt(): Promise<void> {
    if (this.isOn || this.commands.status !== 'ready' || this.listening.status !== 'ready') return;
    const { session } = this;
    try {
      await this.track();
      if (session !== this.session) return;
      this.isOn = true;
      this.unheardBeats = 0;
      this.listener.begun();
      this.beat();
    } catch (error) {
      // A connection that is gone again comes here again; whatever else it is, the next beat tries again.
      if (this.hasWarned || this.listening.status !== 'ready') return;
      this.hasWarned = true;
      const { message } = ((error as Error).cause ?? error) as Error;
      this.logger.warn(`changes of keys cannot be tracked: ${message}`);
    }
  }

  /** The listening connection is asked for its id before it subscribes: afterwards it may not answer that. */
  private async track(): Promise<void> {
    await this.listening.unsubscribe();
    const id = await this.listening.client('ID');
    await this.listening.subscribe(INVALIDATIONS, this.echoes);
    await this.redis.call('redis.track', async () => {
      // Off, because it would refuse the same prefix a second time.
      await this.commands.client('TRACKING', 'OFF');
      await this.commands.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', this.prefix, 'NOLOOP');
    });
  }

  private lose(): void {
    this.session += 1;
    this.provenAt = -Infinity;
    if (this.isOn) this.listener.lost();
    this.isOn = false;
  }

  private hear(channel: Buffer, message: unknown): void {
    if (!this.isOn) return;
    if (channel.toString() === INVALIDATIONS) return this.listener.changed(message as Buffer[] | null);
    this.unheardBeats = 0;
    this.provenAt = Math.max(this.provenAt, Number(message));
  }

  /** Sent by the connection that is tracked, heard by the one that is told: both must be well. */
  private beat(): void {
    if (!this.isOn) {
      this.beginning = this.beginning.then(() => this.attempt());
      return;
    }
    this.unheardBeats += 1;
    if (this.unheardBeats > MAX_UNHEARD_BEATS) return this.listening.disconnect(true);
    const sentAt = String(performance.now());
    // What fails is an echo that does not come.
    this.redis.call('redis.echo', () => this.commands.publish(this.echoes, sentAt)).catch(() => undefined);
  }
}
