import { Injectable } from '@nestjs/common';
import { encodeId, type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/** What the scripts of one counter, or of one shard of it, touch, in one slot. */
export interface CounterKeys {
  readonly value: string;
  /** Whether it keeps windows, and how many shards it has; absent while it has neither. */
  readonly options: string;
  readonly windows: string;
}

/** By what an increment is known that comes again. */
export type MarkKind = 'flight' | 'counts' | 'request';

/** The keys of a counter share its slot. Each of its shards but the first, which is the counter itself, has its own. */
@Injectable()
export class CountersKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('counters');
  }

  /**
   * `<prefix>:<namespace>:counters:{<name>}:counter`, `:counter-options`, `:counter-windows`; of a further shard the same with
   * `{<name>#<number>}:shard`.
   *
   * @throws ValidationFailedError when the name is no id.
   */
  of(name: string, shard = 0): CounterKeys {
    const value = shard === 0 ? this.keys.key(name, 'counter') : this.keys.key(`${name}#${shard}`, 'shard');
    return { value, options: `${value}-options`, windows: `${value}-windows` };
  }

  /** `…:counter-flight:<process>`, `…:counter-counts:<process>`, `…:counter-request:<request id>` */
  mark({ value }: CounterKeys, kind: MarkKind, id: string): string {
    return `${value}-${kind}:${encodeId(id)}`;
  }
}
