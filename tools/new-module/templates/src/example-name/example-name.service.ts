import { Injectable } from '@nestjs/common';
import { RedisClient } from '../redis/index.js';
import { ExampleNameChangedError, ExampleNameNotFoundError } from './example-name.errors.js';
import { ExampleNameKeys } from './example-name.keys.js';
import { saveEntry } from './example-name.scripts.js';

const TTL_MS = 86_400_000;

export interface ExampleNameEntry {
  readonly id: string;
  readonly text: string;
  /** Starts at 1 and grows with every change. */
  readonly version: number;
}

/** Keeps texts under ids, in the way that all replicas see alike. Injectable. */
@Injectable()
export class ExampleNameService {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ExampleNameKeys,
  ) {}

  /**
   * One round trip, O(1).
   *
   * @throws ExampleNameNotFoundError, StateStoreUnavailableError
   */
  async find(id: string): Promise<ExampleNameEntry> {
    const key = this.keys.entry(id);
    const [text, version] = await this.redis.call('example-name.find', (redis) =>
      redis.hmget(key, 'text', 'version'),
    );
    if (text === null || version === null) throw new ExampleNameNotFoundError();
    return { id, text, version: Number(version) };
  }

  /**
   * Saves a text for a day. One round trip, O(1).
   *
   * @param expectedVersion refuses the change when another version is there; 0: when there is any. Absent: any is right.
   * @throws ExampleNameChangedError, StateStoreUnavailableError
   */
  async save(id: string, text: string, expectedVersion?: number): Promise<ExampleNameEntry> {
    const version = await this.redis.run(saveEntry, {
      keys: { entry: this.keys.entry(id) },
      args: { text, expectedVersion: expectedVersion ?? '', ttlMs: TTL_MS },
    });
    if (version === 0) throw new ExampleNameChangedError();
    return { id, text, version };
  }
}
