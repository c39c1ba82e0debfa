import { createHash } from 'node:crypto';
import { Module, type Type } from '@nestjs/common';
import { HttpModule } from '../../src/http/index.js';
import { LeaderboardModule } from '../../src/leaderboard/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { PostgresModule } from '../../src/postgres/index.js';
import { RedisModule } from '../../src/redis/index.js';
import type { TestRedis } from './redis-server.js';

/** A replica with leaderboards, counters and activity alone, and what a test adds. */
export function leaderboardsWith(...modules: Type[]): Type {
  @Module({
    imports: [HttpModule, RedisModule, PostgresModule, ObservabilityModule, LeaderboardModule, ...modules],
  })
  class LeaderboardsOnlyModule {}
  return LeaderboardsOnlyModule;
}

const HEAD = 'holdfast:default:leaderboard:';
const PARTS = ['', '-members', '-metadata'];

/** A key of a board: its `board`, its `periods`, or a window's set such as `all-time`. */
export function boardKey(board: string, part: string): string {
  return `${HEAD}{${board}}:${part}`;
}

/** A zone where it is noon now: no day ends while a test runs. */
export function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** All that Redis has of leaderboards, to the byte: a digest of each key. */
export async function boardContents({ client }: TestRedis): Promise<Record<string, string>> {
  const keys = (await client.keys(`${HEAD}*`)).sort();
  const contentOf = async (key: string): Promise<string | undefined> => {
    // A hash is dumped in an order that changes while its table grows.
    if ((await client.type(key)) === 'hash') {
      return JSON.stringify(Object.entries(await client.hgetall(key)).sort());
    }
    return (await client.dumpBuffer(key))?.toString('latin1');
  };
  const digestOf = async (key: string): Promise<[string, string]> => {
    const content = String(await contentOf(key));
    return [key, createHash('sha256').update(content).digest('hex').slice(0, 16)];
  };
  return Object.fromEntries(await Promise.all(keys.map(digestOf)));
}

/** Makes a window that of another period, as if that one were past; when its keys end is left as it is. */
export async function renamePeriod(
  { client }: TestRedis,
  board: string,
  [from, to]: readonly [string, string],
): Promise<void> {
  for (const part of PARTS) {
    const key = boardKey(board, from + part);
    if (await client.exists(key)) await client.rename(key, boardKey(board, to + part));
  }
  const endsAt = await client.zscore(boardKey(board, 'periods'), from);
  await client.zrem(boardKey(board, 'periods'), from);
  await client.zadd(boardKey(board, 'periods'), String(endsAt), to);
}
