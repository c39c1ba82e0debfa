import { Injectable } from '@nestjs/common';
import type { RedisClient } from '../../redis/index.js';

/** What INFO says of memory and use. */
export interface RedisInfo {
  readonly usedBytes: number;
  /** 0: no limit is set. */
  readonly maxBytes: number;
  readonly policy: string;
  readonly fragmentationRatio: number;
  readonly clients: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictedKeys: number;
  readonly appendOnly: boolean;
  /** True when RDB snapshots or the AOF keep the data. */
  readonly persistent: boolean;
}

/** A scrape reads a gauge at a time: they share one INFO. A reading that failed is not kept. */
const FRESH_MS = 1000;

interface Reading {
  readonly at: number;
  readonly info: Promise<RedisInfo>;
}

@Injectable()
export class RedisMemory {
  private readonly readings = new WeakMap<RedisClient, Reading>();

  /**
   * One round trip, at most once a second.
   *
   * @throws StateStoreUnavailableError
   */
  read(client: RedisClient): Promise<RedisInfo> {
    const known = this.readings.get(client);
    if (known && performance.now() - known.at < FRESH_MS) return known.info;
    const info = client.call('observability.info', (redis) => redis.info()).then(parseInfo);
    this.readings.set(client, { at: performance.now(), info });
    info.catch(() => this.readings.delete(client));
    return info;
  }
}

export function parseInfo(text: string): RedisInfo {
  const fields = new Map(text.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]));
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const appendOnly = number('aof_enabled') === 1;
  return {
    usedBytes: number('used_memory'),
    maxBytes: number('maxmemory'),
    policy: fields.get('maxmemory_policy') ?? 'unknown',
    fragmentationRatio: number('mem_fragmentation_ratio'),
    clients: number('connected_clients'),
    hits: number('keyspace_hits'),
    misses: number('keyspace_misses'),
    evictedKeys: number('evicted_keys'),
    appendOnly,
    persistent: appendOnly || number('rdb_last_save_time') > number('process_start_time'),
  };
}
