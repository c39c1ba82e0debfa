import { Module, type Type } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { HttpModule } from '../../src/http/index.js';
import { LeaderboardModule } from '../../src/leaderboard/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import type { Random } from './random.js';

/** A replica with leaderboards, counters and activity alone, and what a test adds. */
export function activityWith(...modules: Type[]): Type {
  @Module({ imports: [HttpModule, RedisModule, ObservabilityModule, LeaderboardModule, ...modules] })
  class ActivityOnlyModule {}
  return ActivityOnlyModule;
}

const DAY_MS = 86_400_000;

/** The UTC day so many days before now, YYYY-MM-DD. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}

/** The day so many days after another one. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Ids as they come: with all that could break a key, a pattern, a slot or a script. */
export function oddId(random: Random): string {
  const parts = ['a', 'B', '7', ':', '{', '}', '{x}', ' ', '*', '#', '%', '\n', '\0', 'é', '☃', '👩‍🚀', '漢'];
  const length = random.integer(1, 12);
  return Array.from({ length }, () => random.pick(parts)).join('');
}

/** Who was active when, remembered in the plainest way. */
export class ActivityModel {
  private readonly users = new Map<string, Set<string>>();

  mark(day: string, ids: Iterable<string>): void {
    for (const period of [day, isoWeek(day), day.slice(0, 7)]) {
      const users = this.users.get(period) ?? new Set();
      this.users.set(period, users);
      for (const id of ids) users.add(id);
    }
  }

  of(period: string): ReadonlySet<string> {
    return this.users.get(period) ?? new Set();
  }

  /** Every period of the range, by going through each of its days. */
  activeUsers(from: string, to: string, granularity: 'day' | 'week' | 'month') {
    const periods = new Set<string>();
    for (let day = from; day <= to; day = daysAfter(day, 1)) {
      periods.add({ day, week: isoWeek(day), month: day.slice(0, 7) }[granularity]);
    }
    return [...periods].map((period) => ({ period, count: this.of(period).size }));
  }

  retention(cohort: string, days: number) {
    const start = [...this.of(cohort)];
    const items = Array.from({ length: days + 1 }, (_, day) => {
      const active = this.of(daysAfter(cohort, day));
      return { day, count: start.filter((id) => active.has(id)).length };
    });
    return { cohort, size: start.length, items };
  }
}

/** By counting: the Thursday of the week says its year, and the Thursdays of that year until then its number. */
function isoWeek(day: string): string {
  let thursday = day;
  while (new Date(thursday).getUTCDay() !== 4) {
    thursday = daysAfter(
      thursday,
      new Date(thursday).getUTCDay() === 0 || new Date(thursday).getUTCDay() > 4 ? -1 : 1,
    );
  }
  const year = thursday.slice(0, 4);
  let week = 0;
  for (let each = thursday; each.startsWith(year); each = daysAfter(each, -7)) week += 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

export interface PartitionNumbers {
  /** How many numbers were given out. */
  readonly given: number;
  readonly entries: readonly { readonly bucket: string; readonly number: number; readonly goneIn: number }[];
}

/** The numbers of an activity's users, read past the product, by partition. */
export async function numbersOf(client: Redis, activity: string): Promise<PartitionNumbers[]> {
  return Promise.all(
    Array.from({ length: 16 }, async (_, partition) => {
      const tag = `holdfast:default:activity:{${activity}#${partition}}`;
      const given = Number(await client.get(`${tag}:numbers`));
      const buckets = (await client.keys(`${tag}:ids:*`)).sort();
      const values = await Promise.all(buckets.map((bucket) => client.hvals(bucket)));
      const entries = buckets.flatMap((bucket, at) =>
        values[at].map((value) => ({
          bucket,
          number: Math.floor(Number(value) / 4096),
          goneIn: Number(value) % 4096,
        })),
      );
      return { given, entries };
    }),
  );
}
