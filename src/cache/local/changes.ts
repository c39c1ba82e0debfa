import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CacheRedisClient, KeyTracking } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';

/** What Redis has confirmed for so long ago is not known any more. */
const MAX_SILENCE_MS = 1000;

/** While changes are not told, who waits for one looks again after so long. */
const BLIND_WAIT_MS = 250;

/** Nobody waits longer without a look, whatever the clocks say of a lease. */
const LONGEST_WAIT_MS = 60_000;

/** Counters of changes, by a hash of the key: two keys that share one cost a fill of the local tier. */
const STRIPES = 4096;

/** A moment of which it can be said later whether a key has changed since. */
export interface Mark {
  readonly epoch: number;
  readonly stripe: number;
  readonly count: number;
}

/** What a key of the cache stands for, where its changes matter. */
export type Part = 'entry' | 'tag' | 'breaker';

/** Hashes of different parts begin differently. */
const SEEDS: Readonly<Record<Part, number>> = {
  entry: 0x81_1c_9d_c5,
  tag: 0x01_00_01_93,
  breaker: 0x2b_ae_6f_27,
};

/**
 * What changes in the cache's Redis, whoever changes it. One server tells it by itself (KeyTracking, the redis folder); in a
 * Cluster, where each node would need connections of its own, the scripts tell it on a channel, and what is kept by it
 * is kept for a second at most: a message can be lost there, and what others remove is not said.
 */
@Injectable()
export class Changes implements OnModuleInit, OnApplicationShutdown {
  /** Where scripts say what they change; empty where Redis says it by itself. */
  readonly channel: string;
  /** How long something may be kept for which no change was told. */
  readonly maxAgeMs: number;
  private readonly tracking?: KeyTracking;
  private readonly stripes = new Uint32Array(STRIPES);
  private epochs = 0;
  private readonly logger = new Logger('Cache');
  private readonly listeners: Record<Part, ((id: string) => void)[]> = { entry: [], tag: [], breaker: [] };
  /** By stripe. */
  private readonly waiting = new Map<number, Set<() => void>>();

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
  ) {
    const { clustered } = redis.connections;
    this.channel = clustered ? keys.channel('bus') : '';
    this.maxAgeMs = clustered ? MAX_SILENCE_MS : Infinity;
    if (clustered) return;
    this.tracking = new KeyTracking(redis, keys.head, {
      changed: (changed) => {
        if (changed === null) return this.forgetAll();
        for (const key of changed) this.hear(String(key));
      },
      lost: () => this.forgetAll(),
      begun: () => this.forgetAll(),
    });
  }

  onModuleInit(): void {
    if (this.tracking) return this.tracking.start();
    const { subscriber } = this.redis.connections;
    const listen = () => {
      this.forgetAll();
      subscriber.subscribe(this.channel).catch((error: Error) => {
        // The connection may be gone again; its next 'ready' comes here again.
        this.logger.warn(`changes in the Cluster are not heard: ${error.message}`);
      });
    };
    subscriber.on('message', (channel: string, key: string) => {
      if (channel === this.channel) this.hear(key);
    });
    subscriber.on('close', () => this.forgetAll());
    subscriber.on('ready', listen);
    if (subscriber.status === 'ready') listen();
  }

  onApplicationShutdown(): void {
    this.tracking?.stop();
    this.forgetAll();
  }

  /** What was kept in another epoch may have changed since. */
  get epoch(): number {
    return this.epochs;
  }

  /** True while every change is told within a second. */
  isKnown(now = performance.now()): boolean {
    return !this.tracking || now - this.tracking.coherentAt <= MAX_SILENCE_MS;
  }

  /** Taken before a read; what it brings may be kept while {@link isUnchanged}. */
  mark(part: Part, id: string): Mark {
    const stripe = stripeOf(part, id);
    return { epoch: this.epochs, stripe, count: this.stripes[stripe] };
  }

  isUnchanged({ epoch, stripe, count }: Mark): boolean {
    return epoch === this.epochs && count === this.stripes[stripe];
  }

  onChange(part: Part, listener: (id: string) => void): void {
    this.listeners[part].push(listener);
  }

  /** This process has changed it, which is known here before it is told. */
  touch(part: Part, id: string): void {
    const stripe = stripeOf(part, id);
    this.stripes[stripe] += 1;
    for (const listener of this.listeners[part]) listener(id);
    const waiters = this.waiting.get(stripe);
    if (waiters) for (const wake of waiters) wake();
  }

  /** Settles when what the mark was taken of has changed since, or may have, or the time has passed. */
  async next(since: Mark, timeoutMs: number): Promise<void> {
    if (!this.isUnchanged(since)) return;
    const waitMs = Math.min(timeoutMs, this.isKnown() ? LONGEST_WAIT_MS : BLIND_WAIT_MS);
    const { stripe } = since;
    await new Promise<void>((done) => {
      const waiters = this.waiting.get(stripe) ?? new Set();
      const wake = () => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0) this.waiting.delete(stripe);
        done();
      };
      const timer = setTimeout(wake, waitMs);
      this.waiting.set(stripe, waiters.add(wake));
    });
  }

  private hear(key: string): void {
    const name = this.keys.parse(key);
    if (name && isPart(name.part)) this.touch(name.part, name.id);
  }

  /** Anything may have changed. O(1) for what is kept: it is of an earlier epoch from now on. */
  forgetAll(): void {
    this.epochs += 1;
    for (const waiters of this.waiting.values()) for (const wake of waiters) wake();
  }
}

function isPart(part: string): part is Part {
  return Object.hasOwn(SEEDS, part);
}

/** FNV-1a. */
function stripeOf(part: Part, id: string): number {
  let hash = SEEDS[part];
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01_00_01_93);
  return (hash ^ (hash >>> 15)) & (STRIPES - 1);
}
