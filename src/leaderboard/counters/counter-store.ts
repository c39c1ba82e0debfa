import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/index.js';
import { RedisClient, sendTwice } from '../../redis/index.js';
import { CounterOutOfRangeError } from './counters.errors.js';
import { CountersKeys, type MarkKind } from './counters.keys.js';
import {
  addToCounter,
  type AddReply,
  deleteCounter,
  type OptionsReply,
  readCounter,
  type ReadReply,
} from './counters.scripts.js';

/** What is added to a counter. */
export interface Addition {
  readonly name: string;
  readonly by: bigint;
  /** Kept with the counter from now on, by all replicas. */
  readonly asked: OptionsReply;
}

/** By what an addition is known when it comes again. */
export interface Mark {
  readonly kind: MarkKind;
  readonly id: string;
  /** Those of a mark that come one after the other have growing numbers. */
  readonly number: number;
  readonly ttlMs: number;
}

/** As small as a mark may be: its number grows over all counters of a process. */
const PROCESS_ID_BYTES = 9;

/** After the deadline of its command nobody waits for a flight; what is still on its way is known for so long. */
const LATE_MS = 5000;

/** So long an outage may last for counts that Redis may have had before it. */
const COUNTS_KNOWN_MS = 600_000;

const DAY_MS = 86_400_000;

/**
 * Counters in Redis, as `lua/` says. Every addition has a mark, so one whose reply was lost is sent once more, when Redis is
 * back, within the deadline of a command: it is told what it has made.
 */
@Injectable()
export class CounterStore {
  private readonly process = randomBytes(PROCESS_ID_BYTES).toString('base64url');
  private lastNumber = 0;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: CountersKeys,
    private readonly settings: Settings,
  ) {}

  /** Of an increment that no other one of this process for the same counter or shard overtakes. */
  flight(): Mark {
    const ttlMs = this.redis.connections.commandTimeoutMs + LATE_MS;
    return { kind: 'flight', id: this.process, number: this.nextNumber(), ttlMs };
  }

  /** The same for what is coalesced: a sum that is sent until it is known to have arrived. */
  counts(): Mark {
    return { kind: 'counts', id: this.process, number: this.nextNumber(), ttlMs: COUNTS_KNOWN_MS };
  }

  /** Of a caller's own request, at whatever replica. */
  request(id: string): Mark {
    return { kind: 'request', id, number: 1, ttlMs: DAY_MS };
  }

  /**
   * One round trip, O(1).
   *
   * @returns the value of the shard, after it was added for the first time.
   * @throws CounterOutOfRangeError, StateStoreUnavailableError: then it may have been added all the same.
   */
  async add({ name, by, asked }: Addition, mark: Mark, shard = 0): Promise<AddReply> {
    const keys = this.keys.of(name, shard);
    const parameters = {
      keys: {
        value: keys.value,
        options: keys.options,
        windows: keys.windows,
        mark: this.keys.mark(keys, mark.kind, mark.id),
      },
      args: {
        by: String(by),
        number: mark.number,
        markTtlMs: mark.ttlMs,
        idleTtlMs: this.settings.counterIdleTtlMs,
        shards: asked.shards,
        windowed: asked.windowed ? 1 : 0,
      },
    };
    const added = await sendTwice(this.redis, () => this.redis.run(addToCounter, parameters));
    if (!added) throw new CounterOutOfRangeError(name);
    return added;
  }

  /** What the shards of a counter hold beside the first one. One round trip for all, none where there are none. */
  async others(name: string, { shards }: OptionsReply): Promise<bigint> {
    if (shards === 1) return 0n;
    const parts = await this.readFurther(name, shards, false);
    return parts.reduce((sum, { value }) => sum + value, 0n);
  }

  /** The counter, and its further shards. One round trip, with shards two. @throws StateStoreUnavailableError */
  async read(name: string, withWindows: boolean): Promise<readonly ReadReply[]> {
    const first = await this.readShard(name, 0, withWindows);
    return first.shards === 1
      ? [first]
      : [first, ...(await this.readFurther(name, first.shards, withWindows))];
  }

  /**
   * One round trip, with shards three: the counter itself goes last, so that what fails can be done again.
   *
   * @param deleted how many shards are gone already.
   * @throws StateStoreUnavailableError: then some of it may be gone.
   */
  async delete(name: string, deleted = 1): Promise<void> {
    const shards = await this.deleteShard(name, 0, deleted);
    if (shards === 0) return;
    await Promise.all(furtherShards(shards).map((shard) => this.deleteShard(name, shard, 1)));
    await this.delete(name, shards);
  }

  private readShard(name: string, shard: number, withWindows: boolean): Promise<ReadReply> {
    const { value, options, windows } = this.keys.of(name, shard);
    const args = { withWindows: withWindows ? 1 : 0 };
    return this.redis.run(readCounter, { keys: { value, options, windows }, args });
  }

  private readFurther(name: string, shards: number, withWindows: boolean): Promise<ReadReply[]> {
    return Promise.all(furtherShards(shards).map((shard) => this.readShard(name, shard, withWindows)));
  }

  private deleteShard(name: string, shard: number, shardsDeleted: number): Promise<number> {
    const { value, options, windows } = this.keys.of(name, shard);
    return this.redis.run(deleteCounter, { keys: { value, options, windows }, args: { shardsDeleted } });
  }

  private nextNumber(): number {
    return (this.lastNumber += 1);
  }
}

/** Those beside the first one, which is the counter itself. */
function furtherShards(shards: number): number[] {
  return Array.from({ length: shards - 1 }, (_, index) => index + 1);
}
