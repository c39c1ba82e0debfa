import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { type Invalidation, Invalidations } from '../invalidation/invalidations.js';
import { StoreHealth } from './store-health.js';

/** Beyond this the oldest are dropped: their entries stay until their TTL. */
const MAX_PENDING = 100_000;

/** Made up for in one go, so that each go is well within the deadline of a command. */
const STEP = 500;

/** How often what is pending is tried again: a Redis may answer and refuse, as one does that is full. */
const TRY_AGAIN_MS = 200;

const KINDS = ['ids', 'tags', 'prefixes'] as const;

type Pending = Readonly<Record<(typeof KINDS)[number], Set<string>>>;

/** What a caller names. */
export interface Invalidated {
  readonly keys?: readonly string[];
  readonly tags?: readonly string[];
  readonly prefix?: string;
}

/** Invalidates, and keeps what could not be done until it can: a write's old value must not return. */
@Injectable()
export class PendingInvalidations implements OnModuleInit, OnApplicationShutdown {
  private readonly waiting = none();
  private underWay = none();
  private timer?: NodeJS.Timeout;
  private isMakingUp = false;
  private readonly logger = new Logger('Cache');

  constructor(
    private readonly invalidations: Invalidations,
    private readonly keys: CacheKeys,
    private readonly health: StoreHealth,
  ) {}

  onModuleInit(): void {
    this.health.onBack(() => void this.makeUp());
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns false when Redis is away: it is done as soon as it is back. */
  run({ keys = [], tags = [], prefix }: Invalidated): Promise<boolean> {
    const ids = keys.map((key) => this.keys.id(key));
    return this.attempt({ ids, tags, prefixes: prefix === undefined ? [] : [prefix] });
  }

  private async attempt(invalidation: Invalidation): Promise<boolean> {
    try {
      await this.invalidations.run(invalidation);
      return true;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      for (const kind of KINDS) for (const each of invalidation[kind]) this.remember(kind, each);
      return false;
    }
  }

  /**
   * True for an entry that was invalidated here, and not yet in Redis: what Redis has of it is not to be used.
   *
   * @param tags of the value that was found.
   */
  concerns(key: string, tags: readonly string[] = []): boolean {
    if (!this.timer) return false;
    const id = this.keys.id(key);
    return [this.waiting, this.underWay].some(
      ({ ids, tags: invalid, prefixes }) =>
        ids.has(id) ||
        tags.some((tag) => invalid.has(tag)) ||
        [...prefixes].some((prefix) => key.startsWith(prefix)),
    );
  }

  private remember(kind: (typeof KINDS)[number], each: string): void {
    const waiting = this.waiting[kind];
    if (waiting.size >= MAX_PENDING) {
      this.logger.warn('too many invalidations wait for Redis: the oldest entry stays until its TTL');
      for (const oldest of waiting) {
        waiting.delete(oldest);
        break;
      }
    }
    waiting.add(each);
    this.timer ??= setInterval(() => void this.makeUp(), TRY_AGAIN_MS).unref();
  }

  /** Each stays pending until it is done: until then {@link concerns} speaks of it. */
  private async makeUp(): Promise<void> {
    if (this.isMakingUp || !this.timer) return;
    this.isMakingUp = true;
    let count = 0;
    while (this.takeStep()) {
      const { ids, tags, prefixes } = this.underWay;
      const isDone = await this.tryAgain({ ids: [...ids], tags: [...tags], prefixes: [...prefixes] });
      this.underWay = none();
      if (!isDone) break;
      count += ids.size + tags.size + prefixes.size;
    }
    this.isMakingUp = false;
    if (count > 0) this.logger.log(`made up for ${count} invalidations`);
    if (KINDS.some((kind) => this.waiting[kind].size > 0)) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Whatever the fault is: they wait on. */
  private async tryAgain(step: Invalidation): Promise<boolean> {
    try {
      return await this.attempt(step);
    } catch {
      for (const kind of KINDS) for (const each of step[kind]) this.remember(kind, each);
      return false;
    }
  }

  /** @returns false when nothing waits. */
  private takeStep(): boolean {
    let left = STEP;
    for (const kind of KINDS) {
      for (const each of this.waiting[kind]) {
        if (left === 0) return true;
        left -= 1;
        this.waiting[kind].delete(each);
        this.underWay[kind].add(each);
      }
    }
    return left < STEP;
  }
}

function none(): Pending {
  return { ids: new Set(), tags: new Set(), prefixes: new Set() };
}
