import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { CacheRedisClient } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { probeBreaker, tripBreaker } from '../cache.scripts.js';
import { Changes } from '../local/changes.js';
import { StoreHealth } from '../outage/store-health.js';
import { LoadBreaker, PROBE_EVERY_MS, type SharedBreaker } from './load-breaker.js';

/** A breaker that nobody probes for so long closes: nobody asks for what it guards. */
const OPEN_MS = 60_000;

/** The breakers of this process, one for each source of values. */
@Injectable()
export class LoadBreakers {
  private readonly bySource = new Map<string, LoadBreaker>();

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    private readonly changes: Changes,
    private readonly health: StoreHealth,
    metrics: Metrics,
  ) {
    changes.onChange('breaker', (source) => {
      // What Redis refuses is counted by its client, and the next probe asks again.
      this.bySource
        .get(source)
        ?.look()
        .catch(() => undefined);
    });
    metrics.gauge('cache_breaker_open', '1 while loads from a source are held back.', ['source'], (gauge) => {
      for (const [source, { isOpen }] of this.bySource) gauge.set({ source }, isOpen ? 1 : 0);
    });
  }

  of(source: string): LoadBreaker {
    const known = this.bySource.get(source);
    if (known) return known;
    const breaker = new LoadBreaker(this.shared(source));
    this.bySource.set(source, breaker);
    return breaker;
  }

  private shared(source: string): SharedBreaker {
    const keys = { breaker: this.keys.breaker(source), probe: this.keys.probe(source) };
    const tell = async () => {
      const { channel } = this.changes;
      if (channel) await this.redis.call('cache.tell', (redis) => redis.publish(channel, keys.breaker));
    };
    return {
      trip: () =>
        this.health.wait(async () => {
          const args = { openMs: OPEN_MS, probeEveryMs: PROBE_EVERY_MS };
          if (await this.redis.run(tripBreaker, { keys, args })) await tell();
        }),
      close: () =>
        this.health.wait(async () => {
          await this.redis.call('cache.close', (redis) => redis.unlink(keys.breaker, keys.probe));
          await tell();
        }),
      isOpen: () =>
        this.health.wait(async () => {
          return (await this.redis.call('cache.look', (redis) => redis.exists(keys.breaker))) === 1;
        }),
      probe: () =>
        this.health.wait(() =>
          this.redis.run(probeBreaker, { keys, args: { probeEveryMs: PROBE_EVERY_MS } }),
        ),
    };
  }
}
