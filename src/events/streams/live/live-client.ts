import { setTimeout as pause } from 'node:timers/promises';
import { StateStoreUnavailableError } from '../../../redis/index.js';
import type { SseConnection } from '../../sse/sse-connection.js';
import { compareEntryIds } from '../entry-id.js';
import type { StreamReader } from '../stream-reader.js';
import type { ReadReply } from '../streams.scripts.js';
import { type Follower, tell } from './follower.js';
import { type Frames, type Gap, gapFrame } from './frames.js';
import { type Tail, TRY_AGAIN_MS } from './tail.js';

/** So many entries are read for a client that catches up, and no more before it has taken them. */
export const PAGE = 100;

/** One client of a stream: reads pages until it is up to date, and is told by the tail from there on. */
export class LiveClient implements Follower {
  constructor(
    private readonly reader: StreamReader,
    private readonly tail: Tail,
    private readonly connection: SseConnection,
    private readonly stream: string,
    private seen: string,
  ) {}

  /**
   * Until the client is gone.
   *
   * @param page what was read after what it has seen; absent where that is the end.
   */
  async serve(page?: ReadReply): Promise<void> {
    const { connection, tail } = this;
    if (page) this.seen = tell([this], this.seen, page).upTo;
    await connection.drained();
    while (!connection.isClosed && !tail.join(this, this.seen)) {
      this.seen = tell([this], this.seen, await this.nextPage()).upTo;
      await connection.drained();
    }
    await connection.closed;
    tail.leave(this);
  }

  follow(frames: Frames, upTo: string): void {
    this.connection.send(frames.after(this.seen));
    // It may have read further than the tail.
    if (compareEntryIds(upTo, this.seen) > 0) this.seen = upTo;
  }

  miss(gap: Gap, from: string): void {
    this.connection.send(gapFrame(gap));
    this.seen = from;
  }

  /** A Redis that is away is waited for, as long as the client waits. */
  private async nextPage(): Promise<ReadReply> {
    while (!this.connection.isClosed) {
      try {
        return await this.reader.read(this.stream, this.seen, PAGE);
      } catch (error) {
        if (!(error instanceof StateStoreUnavailableError)) throw error;
        await pause(TRY_AGAIN_MS, undefined, { ref: false });
      }
    }
    return { entries: [] };
  }
}
