import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { ActivityMetrics } from './activity.metrics.js';
import type { ActivityMode } from './activity.scripts.js';
import { ActivityService, MAX_USERS } from './activity.service.js';
import { localDay, nameOfDay, startOfDay } from './period.js';

/** What is lost when the process is killed: the marks of so long. */
const FLUSH_MS = 500;

/** Marks of which this process knows that they are in Redis. */
const REMEMBERED = 100_000;

/** Marks that wait while Redis is away; what comes beyond is dropped. */
const MAX_WAITING = 100_000;

/** What `@MarksActive()` says of a route. */
export interface MarkedActivity {
  readonly activity: string;
  readonly mode?: ActivityMode;
}

/** Marks of one activity and day. */
interface Batch {
  readonly marked: MarkedActivity;
  /** By this process' clock. */
  readonly day: number;
  readonly users: Set<string>;
}

/**
 * The marks that routes make: each goes to Redis once a user, activity and day from this process, with others, after the
 * request. Failure policy: they wait for Redis.
 */
@Injectable()
export class ActiveMarks implements OnApplicationShutdown {
  /** The day that Redis says it marked, by activity and user. */
  private readonly sent = new LRUCache<string, string>({ max: REMEMBERED });
  private batches = new Map<string, Batch>();
  private waiting = 0;
  private timer?: NodeJS.Timeout;
  private flushing?: Promise<void>;
  private readonly logger = new Logger('Activity');

  constructor(
    private readonly activity: ActivityService,
    private readonly metrics: ActivityMetrics,
  ) {}

  /** Returns at once; no round trip, O(1). */
  add(marked: MarkedActivity, userId: string): void {
    const day = localDay();
    if (this.sent.get(keyOf(marked, userId)) === nameOfDay(day)) return;
    const { users } = this.batch(marked, day);
    if (users.has(userId)) return;
    if (this.waiting >= MAX_WAITING) return this.metrics.drop(1);
    users.add(userId);
    this.waiting += 1;
    this.schedule();
  }

  /** Sends what waits, and gives up what Redis does not take. */
  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.flushing;
    await this.flush();
    if (this.waiting === 0) return;
    this.metrics.drop(this.waiting);
    this.logger.warn(`${this.waiting} marks of users as active were lost: Redis is away`);
  }

  private batch(marked: MarkedActivity, day: number): Batch {
    const key = `${day} ${marked.mode} ${marked.activity}`;
    let batch = this.batches.get(key);
    if (!batch) this.batches.set(key, (batch = { marked, day, users: new Set() }));
    return batch;
  }

  /** One flush at a time. */
  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.flushing = this.flush().then(() => {
        this.timer = undefined;
        if (this.waiting > 0) this.schedule();
      });
    }, FLUSH_MS).unref();
  }

  private async flush(): Promise<void> {
    const batches = [...this.batches.values()];
    this.batches = new Map();
    let isAway = false;
    for (const { marked, day, users } of batches) {
      const all = [...users];
      for (let first = 0; first < all.length; first += MAX_USERS) {
        const some = all.slice(first, first + MAX_USERS);
        if (!isAway) isAway = !(await this.send(marked, day, some));
        if (isAway) this.keep(marked, day, some);
      }
    }
  }

  /** @returns false when Redis is away. */
  private async send(marked: MarkedActivity, day: number, users: readonly string[]): Promise<boolean> {
    const { activity, mode } = marked;
    // What has waited past midnight is of the day on which it came.
    const at = day === localDay() ? undefined : new Date(startOfDay(day));
    try {
      const { day: name } = await this.activity.mark(activity, users, { mode, at });
      for (const user of users) this.sent.set(keyOf(marked, user), name);
      this.waiting -= users.length;
    } catch (error) {
      if (error instanceof StateStoreUnavailableError) return false;
      this.giveUp(marked, users, error as Error);
    }
    return true;
  }

  private keep(marked: MarkedActivity, day: number, users: readonly string[]): void {
    const { users: kept } = this.batch(marked, day);
    for (const user of users) {
      // It may have come again meanwhile.
      if (kept.has(user)) this.waiting -= 1;
      kept.add(user);
    }
  }

  private giveUp({ activity }: MarkedActivity, users: readonly string[], { message }: Error): void {
    this.waiting -= users.length;
    this.metrics.drop(users.length);
    this.logger.error(
      `${users.length} users were not marked as active in ${JSON.stringify(activity)}: ${message}`,
    );
  }
}

function keyOf({ activity }: MarkedActivity, userId: string): string {
  return `${userId} ${activity}`;
}
