import { Inject, Injectable } from '@nestjs/common';
import { CacheRedisClient, isId } from '../redis/index.js';
import { CacheKeys } from './cache.keys.js';
import { type RawRead, readEntry, releaseLease, storeEntry, takeEntry } from './cache.scripts.js';
import type { Found, FoundValue, Lease, ReadMode, ReadRequest } from './found.js';
import { type Frame, frameBody, leaseHeldUntil, readFrame } from './frame.js';
import { lifeOf, type LoadPolicy } from './loads/load-policy.js';
import { Changes } from './local/changes.js';
import { LOOK_LIFE_MS, type Stamp, TagStamps } from './tags/tag-stamps.js';
import { Tokens } from './tokens.js';
import type { CacheValue } from './values/cache-value.js';
import { ValueCodec } from './values/value-codec.js';

/** Entries that were stored together do not expire together: up to this share of a ttl is taken off. */
const JITTER = 0.05;

const NO_STAMPS: readonly Stamp[] = [];

const MODES: Readonly<Record<ReadMode, string>> = { read: 'r', load: 'l', early: 'e', write: 'w' };

export interface StoreRequest {
  readonly value: CacheValue;
  readonly ttlMs: number;
  readonly graceMs: number;
  readonly deltaMs?: number;
  /** Of its tags, from before its load. */
  readonly stamps: readonly Pick<Stamp, 'tag' | 'token'>[];
  /** Absent: whatever is there is replaced. */
  readonly lease?: string;
}

/**
 * Entries in Redis, filled under leases (memcached's; Nishtala et al., NSDI 2013). A call is one round trip, and a read
 * whose value bears tags that the caller has not declared is two.
 */
@Injectable()
export class CacheStore {
  private readonly tokens = new Tokens();

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    private readonly changes: Changes,
    private readonly tagStamps: TagStamps,
    private readonly codec: ValueCodec,
  ) {}

  /**
   * @param token what a lease that is won is called.
   * @param onSent called when the read leaves.
   * @throws StateStoreUnavailableError
   */
  async read(
    key: string,
    request: ReadRequest,
    token = request.mode === 'read' ? '' : this.tokens.next(),
    onSent?: () => void,
  ): Promise<Found> {
    const id = this.keys.id(key);
    const mark = this.changes.mark('entry', id);
    const sentAt = performance.now();
    const tags = this.tagStamps.tagsOf(key, request.tags);
    const reading = this.run(id, request, token, onSent);
    const [raw, stamps] =
      tags.length === 0
        ? [await reading, NO_STAMPS]
        : await Promise.all([reading, this.tagStamps.of(tags, request.lifeMs)]);
    const frame = raw.frame === null ? undefined : readFrame(raw.frame);
    const lease = frame && leaseOf(raw, frame, token);
    const { now } = raw;
    const isServed = frame !== undefined && now < frame.servedUntil;
    const hit = isServed ? await this.hitOf(key, frame, now, stamps) : undefined;
    // As good as none, and whoever fills it now began before that was so.
    if (isServed && !hit) return this.read(key, { ...request, rejected: frame.version }, token);
    // Spelt out, as is the request: copies by spread took more than a third of the time of a read.
    return { hit, lease, stamps, version: frame?.version ?? '', mark, sentAt, now };
  }

  /** @returns false when the lease is gone. @throws StateStoreUnavailableError */
  async store(key: string, request: StoreRequest): Promise<boolean> {
    const id = this.keys.id(key);
    const { value, ttlMs, graceMs, deltaMs = 0, lease } = request;
    const written = await this.codec.write(value);
    const version = lease ?? this.tokens.next();
    const tags = request.stamps.map(({ tag, token }) => ({ tag, stamp: token }));
    try {
      return await this.redis.run(storeEntry, {
        keys: { entry: this.keys.entry(id) },
        args: {
          lease: lease ?? '',
          ttlMs: Math.max(1, Math.round(ttlMs * (1 - Math.random() * JITTER))),
          graceMs,
          body: frameBody({ version, deltaMs, tags, ...written }),
          channel: this.changes.channel,
        },
      });
    } finally {
      this.changes.touch('entry', id);
    }
  }

  /**
   * Removes what is under a key.
   *
   * @param tags those that its value is known to bear; others cost a second round trip.
   * @returns whether that was a fresh value. Of those who remove it at once, one is told so.
   * @throws StateStoreUnavailableError
   */
  async remove(key: string, tags: readonly string[]): Promise<boolean> {
    const id = this.keys.id(key);
    try {
      const [{ now, frame: bytes }, stamps] = await Promise.all([
        this.redis.run(takeEntry, {
          keys: { entry: this.keys.entry(id) },
          args: { channel: this.changes.channel },
        }),
        this.tagStamps.of(this.tagStamps.tagsOf(key, tags), LOOK_LIFE_MS),
      ]);
      const frame = bytes === null ? undefined : readFrame(bytes);
      return (
        !!frame &&
        now < frame.freshUntil &&
        !!(await this.currentStamps(frame, this.tagStamps.tagsOf(key, []), stamps))
      );
    } finally {
      this.changes.touch('entry', id);
    }
  }

  /** Lets the next caller load. @returns false when the lease is gone. @throws StateStoreUnavailableError */
  release(key: string, lease: string): Promise<boolean> {
    return this.redis.run(releaseLease, {
      keys: { entry: this.keys.entry(this.keys.id(key)) },
      args: { lease, channel: this.changes.channel },
    });
  }

  /**
   * The stamps of tags that were not known when a lease was asked for; undefined when one of them has been invalidated
   * since: what was loaded is not to be stored. @throws StateStoreUnavailableError
   */
  async stampsSince(key: string, policy: LoadPolicy, askedAt: number): Promise<Stamp[] | undefined> {
    const stamps = await this.stampsFor(key, policy.tags, lifeOf(policy));
    return stamps.some(({ invalidatedAt }) => invalidatedAt >= askedAt) ? undefined : stamps;
  }

  /** The stamps of the tags of an entry that is about to be stored. @throws StateStoreUnavailableError */
  stampsFor(key: string, tags: readonly string[], lifeMs: number): Promise<Stamp[]> {
    return this.tagStamps.of(this.tagStamps.tagsOf(key, tags), lifeMs);
  }

  private run(id: string, request: ReadRequest, lease: string, onSent?: () => void): Promise<RawRead> {
    const { mode, rejected = '', leaseTtlMs = 0 } = request;
    return this.redis.run(readEntry, {
      keys: { entry: this.keys.entry(id) },
      args: { lease, leaseTtlMs, rejected, mode: MODES[mode] },
      onSent,
    });
  }

  /** Undefined for a value that its tags have invalidated, or that cannot be read. */
  private async hitOf(
    key: string,
    frame: Frame,
    now: number,
    known: readonly Stamp[],
  ): Promise<FoundValue | undefined> {
    const { deltaMs, freshUntil } = frame;
    const own = this.tagStamps.tagsOf(key, []);
    const stamps =
      frame.tags.length + own.length === 0 ? NO_STAMPS : await this.currentStamps(frame, own, known);
    if (!stamps) return undefined;
    const reading = this.codec.read(frame);
    const value = reading instanceof Promise ? await reading : reading;
    if (!value) return undefined;
    const tags = stamps.map(({ tag }) => tag).filter((tag) => !own.includes(tag));
    return { value, stamps, tags, deltaMs, isFresh: now < freshUntil, freshForMs: freshUntil - now };
  }

  /** The stamps of a frame's tags when all of them are as they were, else undefined. */
  private async currentStamps(
    { tags }: Frame,
    demanded: readonly string[],
    known: readonly Stamp[],
  ): Promise<readonly Stamp[] | undefined> {
    const others = tags.map(({ tag }) => tag).filter((tag) => !known.some((stamp) => stamp.tag === tag));
    // Of a frame that is damaged.
    if (!others.every(isId)) return undefined;
    const looked =
      others.length === 0 ? known : [...known, ...(await this.tagStamps.of(others, LOOK_LIFE_MS))];
    const stamps = tags.map(({ tag, stamp }) =>
      looked.find((each) => each.tag === tag && each.token === stamp),
    );
    if (stamps.includes(undefined)) return undefined;
    // Stored by a process that did not know the prefix yet: its invalidation would not reach the entry.
    return demanded.every((tag) => tags.some((each) => each.tag === tag)) ? (stamps as Stamp[]) : undefined;
  }
}

function leaseOf({ won, now, frame }: RawRead, { lease }: Frame, token: string): Lease | undefined {
  if (won === undefined || frame === null) return undefined;
  const heldForMs = leaseHeldUntil(frame) - now;
  return won
    ? { token, isOwn: true, heldForMs, askedAt: now }
    : { token: lease, isOwn: false, heldForMs, askedAt: now };
}
