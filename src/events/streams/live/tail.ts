import { Logger } from '@nestjs/common';
import { StateStoreUnavailableError } from '../../../redis/index.js';
import type { RawEntry } from '../entry.js';
import { BEGINNING, compareEntryIds } from '../entry-id.js';
import { END, type StreamReader } from '../stream-reader.js';
import type { ReadReply } from '../streams.scripts.js';
import { type Follower, tell } from './follower.js';
import { Frames } from './frames.js';

const COUNT = 100;
/** A message that wakes can be lost: so late is what it told of, at worst. */
const LOOK_EVERY_MS = 10_000;
/** After a read that failed. */
export const TRY_AGAIN_MS = 500;
/** So many entries at least are kept for those who have read up to a little while ago. */
const KEPT = 200;

/**
 * The end of one stream, read once for all of its clients at this process: whatever number there is, Redis has one reader, and
 * an event is made a frame once.
 */
export class Tail {
  /** What the followers have seen; empty until it is known where the stream ends. */
  private cursor = '';
  private readonly followers = new Set<Follower>();
  /** All that comes after `recentFrom` up to the cursor. */
  private recent: RawEntry[] = [];
  private recentFrom = '';
  private isLooking = false;
  private isDue = false;
  private isClosed = false;
  private timer?: NodeJS.Timeout;
  private readonly logger = new Logger('Streams');

  constructor(
    private readonly reader: StreamReader,
    private readonly stream: string,
  ) {}

  /**
   * One round trip for who asks first.
   *
   * @returns the id after which all is new.
   * @throws StateStoreUnavailableError
   */
  async end(): Promise<string> {
    if (this.cursor !== '') return this.cursor;
    const { extent } = await this.reader.read(this.stream, END, 1);
    if (this.cursor === '') {
      this.cursor = this.recentFrom = extent?.lastId ?? BEGINNING;
      this.look();
    }
    return this.cursor;
  }

  /**
   * From now on a follower is told of all that comes after what it has seen.
   *
   * @returns false when it has to read on by itself before.
   */
  join(follower: Follower, seen: string): boolean {
    const { cursor, recentFrom, recent } = this;
    if (cursor === '' || compareEntryIds(seen, recentFrom) < 0) return false;
    const missed = recent.filter(([id]) => compareEntryIds(id, seen) > 0);
    if (missed.length > 0) follower.follow(new Frames(missed), cursor);
    this.followers.add(follower);
    return true;
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  /** There may be something new. */
  look(): void {
    this.isDue = true;
    if (!this.isLooking && !this.isClosed && this.cursor !== '') void this.readOn();
  }

  private async readOn(): Promise<void> {
    this.isLooking = true;
    clearTimeout(this.timer);
    const isUpToDate = await this.readAll();
    this.isLooking = false;
    if (this.isClosed) return;
    this.timer = setTimeout(() => this.look(), isUpToDate ? LOOK_EVERY_MS : TRY_AGAIN_MS).unref();
  }

  /** @returns false when Redis is away: followers are told what has happened when it is back. */
  private async readAll(): Promise<boolean> {
    try {
      while (this.isDue && !this.isClosed) {
        this.isDue = false;
        const reply = await this.reader.readOrWait(this.stream, this.cursor, COUNT);
        this.isDue ||= reply.entries.length === COUNT;
        this.tell(reply);
      }
      return true;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) this.logger.error(error);
      return false;
    }
  }

  private tell(reply: ReadReply): void {
    const { upTo, isWhole } = tell(this.followers, this.cursor, reply);
    this.cursor = upTo;
    if (isWhole) this.recent.push(...reply.entries);
    if (isWhole && this.recent.length <= 2 * KEPT) return;
    // Who has seen less than what is kept, or comes from before a gap, finds out by itself.
    this.recent = isWhole ? this.recent.slice(-KEPT) : [];
    this.recentFrom = this.recent[0]?.[0] ?? upTo;
  }
}
