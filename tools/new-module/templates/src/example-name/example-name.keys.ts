import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

/** One hash an entry. */
@Injectable()
export class ExampleNameKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('example-name');
  }

  /** `<prefix>:<namespace>:example-name:{<id>}:entry` */
  entry(id: string): string {
    return this.keys.key(id, 'entry');
  }
}
