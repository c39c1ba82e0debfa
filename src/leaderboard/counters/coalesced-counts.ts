import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import { isInt64 } from '../int64.js';
import { CounterOutOfRangeError } from './counters.errors.js';
import { CountersMetrics } from './counters.metrics.js';
import { CounterStore, type Mark } from './counter-store.js';

/** What a killed process has counted in the last so many ms is lost. */
const INTERVAL_MS = 500;

/** Sent at once: as many as Redis answers well within the deadline of a command. */
const SENT_AT_ONCE = 512;

/** A sum on its way: the same one, under the same mark, until it is known to have arrived. */
interface Sum {
  readonly by: bigint;
  readonly calls: number;
  readonly mark: Mark;
}

interface Counts {
  readonly name: string;
  by: bigint;
  calls: number;
  windowed: boolean;
  /** What Redis may have had already; nothing else is sent before it. */
  doubtful?: Sum;
}

/** Counts in this process, and tells Redis the sums twice a second, when it is there, and at the end. */
@Injectable()
export class CoalescedCounts implements OnModuleInit, OnApplicationShutdown {
  private counters = new Map<string, Counts>();
  private sending?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger('Counters');

  constructor(
    private readonly redis: RedisClient,
    private readonly store: CounterStore,
    private readonly metrics: CountersMetrics,
  ) {
    metrics.showWaiting(() => this.counters.size);
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), INTERVAL_MS).unref();
  }

  /** After the HTTP server and before Redis' connections have closed. Within the deadline of a command, twice at most. */
  async onApplicationShutdown(): Promise<void> {
    const { connections } = this.redis;
    clearInterval(this.timer);
    if (this.counters.size > 0) await connections.readyWithin(connections.commandTimeoutMs);
    await this.flush();
    await this.flush();
    const lost = [...this.counters.values()].reduce(
      (sum, { calls, doubtful }) => sum + calls + (doubtful?.calls ?? 0),
      0,
    );
    if (lost > 0) this.logger.warn(`${lost} counts of ${this.counters.size} counters did not reach Redis`);
  }

  /** No round trip. @throws CounterOutOfRangeError when what waits would leave 64 bits. */
  add(name: string, by: bigint, windowed: boolean): void {
    const counts = this.of(name);
    const sum = counts.by + by;
    if (!isInt64(sum)) throw new CounterOutOfRangeError(name);
    counts.by = sum;
    counts.calls += 1;
    counts.windowed ||= windowed;
  }

  private of(name: string): Counts {
    const known = this.counters.get(name);
    if (known) return known;
    const counts = { name, by: 0n, calls: 0, windowed: false };
    this.counters.set(name, counts);
    return counts;
  }

  /** One at a time; a further one waits for it and sends nothing itself. While Redis is away all is kept. */
  private flush(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    const due = [...this.counters.values()];
    this.counters = new Map();
    for (let at = 0; at < due.length; at += SENT_AT_ONCE) {
      const some = due.slice(at, at + SENT_AT_ONCE);
      const arrived = this.redis.ready ? await Promise.all(some.map((counts) => this.send(counts))) : [];
      if (!arrived.includes(true)) return due.slice(at).forEach((counts) => this.keep(counts));
      some.filter((_, index) => !arrived[index]).forEach((counts) => this.keep(counts));
    }
  }

  /** @returns whether Redis has them. */
  private async send(counts: Counts): Promise<boolean> {
    const { name, by, calls, windowed } = counts;
    if (!counts.doubtful) {
      counts.doubtful = { by, calls, mark: this.store.counts() };
      counts.by = 0n;
      counts.calls = 0;
    }
    const sum = counts.doubtful;
    try {
      if (sum.by !== 0n) await this.store.add({ name, by: sum.by, asked: { shards: 1, windowed } }, sum.mark);
      this.metrics.counted('count', sum.calls);
    } catch (error) {
      this.metrics.failed('count', sum.calls, error);
      if (error instanceof StateStoreUnavailableError) return false;
      this.logger.error(
        `${sum.calls} counts of ${JSON.stringify(name)} are dropped: ${(error as Error).message}`,
      );
    }
    counts.doubtful = undefined;
    return counts.calls === 0 || this.send(counts);
  }

  /** Together with what was counted meanwhile. */
  private keep({ name, by, calls, windowed, doubtful }: Counts): void {
    const counts = this.of(name);
    counts.by += by;
    counts.calls += calls;
    counts.windowed ||= windowed;
    counts.doubtful = doubtful;
  }
}
