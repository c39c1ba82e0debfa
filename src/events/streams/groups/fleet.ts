import { Injectable } from '@nestjs/common';
import { RedisClient } from '../../../redis/index.js';
import { Inbox } from '../inbox.js';
import { StreamsKeys } from '../streams.keys.js';
import { beatProcess } from './groups.scripts.js';

/** A process that has not said for so long that it is alive is gone, or as good as gone. */
const LIFE_MS = 5000;

/**
 * The processes that consume. Each says that it is alive, and in the same call hears who has stopped saying so: the price is one
 * small call a process, whatever number of streams there is, and only then does anybody look at what was left.
 */
@Injectable()
export class Fleet {
  private readonly known = new Set<string>();
  /** When Redis was last met again, on the clock that does not jump. */
  readySince = performance.now();

  constructor(
    private readonly redis: RedisClient,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
  ) {}

  /** Calls back whenever Redis is met again, and so has heard from nobody for a while. */
  onReady(listener: () => void): void {
    this.redis.connections.onReady(() => {
      this.readySince = performance.now();
      listener();
    });
  }

  /** One round trip, O(processes). @returns whether one is gone that was not before. @throws StateStoreUnavailableError */
  async beat(): Promise<boolean> {
    const gone = await this.redis.run(beatProcess, {
      keys: { alive: this.keys.alive() },
      args: { process: this.inbox.process, lifeMs: LIFE_MS },
    });
    const before = this.known.size;
    for (const process of gone) this.known.add(process);
    return this.known.size > before;
  }
}
