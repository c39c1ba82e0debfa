import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { CacheRedisClient, type CommandObservation, RedisClient } from '../../redis/index.js';
import { RedisMemory } from '../memory/redis-memory.js';
import { Metrics } from './metrics.js';

const GAUGES = {
  usedBytes: 'Memory that Redis uses.',
  maxBytes: 'The maxmemory setting; 0 is none.',
  fragmentationRatio: 'Resident to used memory.',
  clients: 'Connected clients.',
  hits: 'Keyspace hits since the server started.',
  misses: 'Keyspace misses since the server started.',
  evictedKeys: 'Keys evicted since the server started.',
} as const;

/** Redis as the app sees it (latency, errors) and as it describes itself (INFO). */
@Injectable()
export class RedisMetrics implements OnModuleInit {
  private readonly duration;
  private readonly errors;

  constructor(
    private readonly metrics: Metrics,
    private readonly memory: RedisMemory,
    @Inject(RedisClient) private readonly state: RedisClient,
    @Inject(CacheRedisClient) private readonly cache: CacheRedisClient,
  ) {
    this.duration = metrics.histogram('redis_command_duration_seconds', 'Time of a script or command.', [
      'feature',
      'operation',
    ]);
    this.errors = metrics.counter('redis_errors_total', 'Scripts and commands that failed.', [
      'feature',
      'outcome',
    ]);
  }

  onModuleInit(): void {
    const servers = new Map<string, RedisClient>([['state', this.state]]);
    if (this.cache !== this.state) servers.set('cache', this.cache);
    for (const client of servers.values()) client.observe((observation) => this.observe(observation));
    this.metrics.gauge('redis_up', '1 while commands can be sent.', ['server'], (gauge) => {
      for (const [server, client] of servers) gauge.set({ server }, client.ready ? 1 : 0);
    });
    for (const [name, help] of Object.entries(GAUGES)) {
      const metric = `redis_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      this.metrics.gauge(metric, help, ['server'], (gauge) =>
        this.collect(gauge, name as keyof typeof GAUGES, servers),
      );
    }
  }

  private observe({ feature, operation, durationMs, outcome }: CommandObservation): void {
    this.duration.observe({ feature, operation }, durationMs / 1000);
    if (outcome !== 'ok') this.errors.inc({ feature, outcome });
  }

  /** A server that does not answer has no series rather than a stale one. */
  private async collect(
    gauge: Gauge<'server'>,
    name: keyof typeof GAUGES,
    servers: ReadonlyMap<string, RedisClient>,
  ): Promise<void> {
    for (const [server, client] of servers) {
      const info = await this.memory.read(client).catch(() => undefined);
      if (info) gauge.set({ server }, info[name]);
      else gauge.remove({ server });
    }
  }
}
