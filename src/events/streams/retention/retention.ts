import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../../../config/index.js';
import { Metrics, type Tally } from '../../../observability/index.js';
import { RedisClient } from '../../../redis/index.js';
import { StreamsKeys } from '../streams.keys.js';
import { trimStream } from './retention.scripts.js';

export interface RetentionLimits {
  /** Entries that stay although every group has acknowledged them. */
  readonly kept: number;
  /** Entries that stay at most. */
  readonly max: number;
}

/** A stream is trimmed when so many events have come to it, or were acknowledged: a tenth of EVENTS_MAX, within these bounds. */
const EVENTS_A_TRIM = { least: 1000, most: 10_000 };
/** So many characters count as an event more. */
const CHARACTERS_AN_EVENT = 1000;

/** Beyond so many streams that have changed a little, the one that changed first is trimmed as well. */
const MAX_CHANGED = 10_000;

/**
 * Keeps streams short: what every group has acknowledged goes, but for EVENTS_KEPT entries that replay still finds; and what
 * is over EVENTS_MAX goes whether it was acknowledged or not, counted and logged.
 */
@Injectable()
export class Retention {
  /** Events since the last trim, by stream. */
  private readonly since = new Map<string, number>();
  private readonly onlyForGroups = new Set<string>();
  private readonly eventsATrim: number;
  private readonly dropped: Tally;
  private readonly logger = new Logger('Streams');

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: StreamsKeys,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    const { least, most } = EVENTS_A_TRIM;
    this.eventsATrim = Math.min(most, Math.max(least, settings.eventsMax / 10));
    const help = 'Events that were over EVENTS_MAX before every group had acknowledged them.';
    this.dropped = metrics.tallies('stream_events_dropped_total', help, [])({});
  }

  /** Without a group, a stream keeps no more than it does when all of its groups have acknowledged all of it. */
  keepForGroups(stream: string): void {
    this.onlyForGroups.add(stream);
  }

  /** So many events came to a stream, of so many characters, or were acknowledged. */
  grown(stream: string, events: number, characters = 0): void {
    const sum = (this.since.get(stream) ?? 0) + events + characters / CHARACTERS_AN_EVENT;
    this.since.set(stream, sum);
    if (sum >= this.eventsATrim) return this.check(stream);
    const [first] = this.since.keys();
    if (this.since.size > MAX_CHANGED) this.check(first);
  }

  /** Trims in the background, if anything has happened since the last time. */
  check(stream: string): void {
    if (!this.since.delete(stream)) return;
    this.trim(stream).catch((error: Error) =>
      this.logger.debug(`${stream} was not trimmed: ${error.message}`),
    );
  }

  /**
   * Trims now. One round trip, O(removed + kept).
   *
   * @param limits EVENTS_KEPT and EVENTS_MAX unless given.
   * @returns how many were removed, and how many of those some group had not acknowledged.
   * @throws StateStoreUnavailableError
   */
  async trim(
    stream: string,
    limits: Partial<RetentionLimits> = {},
  ): Promise<{ removed: number; dropped: number }> {
    const { kept = this.settings.eventsKept, max = this.settings.eventsMax } = limits;
    const keys = { stream: this.keys.stream(stream) };
    const capWithoutGroups = this.onlyForGroups.has(stream) ? kept : max;
    const trimmed = await this.redis.run(trimStream, { keys, args: { kept, cap: max, capWithoutGroups } });
    this.dropped.added += trimmed.dropped;
    if (trimmed.dropped > 0) {
      this.logger.warn(`${stream}: ${trimmed.dropped} events over EVENTS_MAX were dropped unread`);
    }
    return trimmed;
  }
}
