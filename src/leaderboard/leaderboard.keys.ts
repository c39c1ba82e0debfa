import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';
import type { Period } from './windows/period.js';

/** What one window of a board is kept in. */
export interface WindowKeys {
  readonly set: string;
  readonly members: string;
  readonly metadata: string;
}

/** All of a board lies in its slot. The board itself, its list of periods and its all-time window stay until it is deleted. */
@Injectable()
export class LeaderboardKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('leaderboard');
  }

  /** `<prefix>:<namespace>:leaderboard:{<board>}:board`: a hash of what the board is, and of how often it has changed. */
  board(name: string): string {
    return this.keys.key(name, 'board');
  }

  /** `…:{<board>}:periods`: a sorted set of the {@link periodKey periods} that hold scores, by when their keys end. */
  periods(name: string): string {
    return this.keys.key(name, 'periods');
  }

  /** `…:{<board>}:request-<digest>`: what a request under an id of the caller's was answered. */
  request(name: string, requestId: string, part: number): string {
    const digest = createHash('sha256').update(requestId).digest('base64url');
    return this.keys.key(name, `request-${digest}-${part}`);
  }

  /** `…:{<board>}:<period>`, `:<period>-members`, `:<period>-metadata`; the period as {@link periodKey} names it. */
  window(name: string, period: string): WindowKeys {
    const set = this.keys.key(name, period);
    return { set, members: `${set}-members`, metadata: `${set}-metadata` };
  }
}

/** `all-time`, `daily-2026-11-30`, `weekly-2026-W49`, `monthly-2026-11`. */
export function periodKey({ window, name }: Period): string {
  return name === '' ? window : `${window}-${name}`;
}
