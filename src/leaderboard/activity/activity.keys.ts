import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/**
 * The keys of activities. What is exact lies in partitions, each of a slot of its own; a user's id says which. All of them
 * expire.
 */
@Injectable()
export class ActivityKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('activity');
  }

  /** `<prefix>:<namespace>:activity:{<activity>}:mode` */
  mode(activity: string): string {
    return this.keys.key(activity, 'mode');
  }

  /** `…:{<activity>}:log:<period>`: a HyperLogLog. */
  log(activity: string, period: string): string {
    return this.keys.key(activity, `log:${period}`);
  }

  /** `…:{<activity>#<partition>}:numbers`: how many numbers were given out. */
  numbers(activity: string, partition: number): string {
    return this.keys.shardKey(activity, partition, 'numbers');
  }

  /** `…:{<activity>#<partition>}:ids:<bucket>`: a hash from id to number. */
  bucket(activity: string, partition: number, bucket: number): string {
    return this.keys.shardKey(activity, partition, `ids:${bucket.toString(16)}`);
  }

  /** `…:{<activity>#<partition>}:<period>:<chunk>`: a bitmap by number. */
  bitmap(activity: string, partition: number, period: string, chunk: number): string {
    return this.keys.shardKey(activity, partition, `${period}:${chunk}`);
  }

  /** `…:{<activity>#<partition>}:counts:<month>`: a hash from the periods that began in a month to their counts. */
  counts(activity: string, partition: number, month: string): string {
    return this.keys.shardKey(activity, partition, `counts:${month}`);
  }

  /** `…:{<activity>#<partition>}:scratch`: there only inside of a script. */
  scratch(activity: string, partition: number): string {
    return this.keys.shardKey(activity, partition, 'scratch');
  }
}
