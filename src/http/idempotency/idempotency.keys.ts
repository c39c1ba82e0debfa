import { Injectable } from '@nestjs/common';
import { RedisKeyspace } from '../../redis/index.js';
import { digest } from './sealed-answer.js';

/** One key an idempotency key, which it does not tell. */
@Injectable()
export class IdempotencyKeys {
  private readonly keys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('idempotency');
  }

  /** `<prefix>:<namespace>:idempotency:{<digest>}:answer` */
  answer(idempotencyKey: string): string {
    return this.keys.key(digest(idempotencyKey), 'answer');
  }
}
