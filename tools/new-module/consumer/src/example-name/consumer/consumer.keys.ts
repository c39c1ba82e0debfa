import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/** What the consumer writes lies in the slot of its stream, so that one script can acknowledge the event as well. */
@Injectable()
export class ConsumerKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('example-name');
  }

  /** `<prefix>:<namespace>:example-name:{<stream>}:tally`: a hash of how many events of each type came. */
  tally(stream: string): string {
    return this.keys.key(stream, 'tally');
  }
}
