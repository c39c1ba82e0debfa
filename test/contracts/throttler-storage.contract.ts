import type { ThrottlerStorage } from '@nestjs/throttler';
import { waitFor } from '../support/wait-for.js';

/** What @nestjs/throttler expects of every storage. Windows that slide pass as well as windows that are fixed. */
export function throttlerStorageContract(name: string, storage: () => ThrottlerStorage): void {
  let clients = 0;
  const client = () => new Client(storage(), `contract-${(clients += 1)}`);
  describe(`${name} as a storage of @nestjs/throttler`, () => {
    countsHits(client);
    refusesHits(client);
    blocks(client);
    keepsCountersApart(client);
  });
}

type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

interface Policy {
  readonly limit: number;
  /** Milliseconds; a minute unless given. */
  readonly ttl?: number;
  /** Milliseconds; none unless given. */
  readonly block?: number;
  readonly name?: string;
}

/** One client, by its key. */
class Client {
  constructor(
    private readonly storage: ThrottlerStorage,
    private readonly key: string,
  ) {}

  hit({ limit, ttl = 60_000, block = 0, name = 'default' }: Policy): Promise<Hit> {
    return this.storage.increment(this.key, ttl, limit, block, name);
  }

  async hits(count: number, policy: Policy): Promise<Hit[]> {
    const all: Hit[] = [];
    for (let i = 0; i < count; i++) all.push(await this.hit(policy));
    return all;
  }

  /** Tries again until a hit is let through. */
  passes(policy: Policy, what: string): Promise<Hit> {
    return waitFor(
      async () => {
        const hit = await this.hit(policy);
        return !hit.isBlocked && hit;
      },
      { what, timeoutMs: 5000 },
    );
  }
}

function countsHits(client: () => Client): void {
  it('counts the first hit, and says in whole seconds when its window ends', async () => {
    const first = await client().hit({ limit: 3, ttl: 5500 });
    expect(first).toMatchObject({ totalHits: 1, isBlocked: false, timeToExpire: 6 });
    expect(first.timeToBlockExpire).toBeLessThanOrEqual(0);
  });

  it('lets hits through up to the limit', async () => {
    const hits = await client().hits(3, { limit: 3 });
    expect(hits.map(({ totalHits }) => totalHits)).toEqual([1, 2, 3]);
    expect(hits.map(({ isBlocked }) => isBlocked)).toEqual([false, false, false]);
  });

  it('counts down to the end of the window', async () => {
    const counter = client();
    const policy = { limit: 1000, ttl: 1500 };
    expect((await counter.hit(policy)).timeToExpire).toBe(2);
    const isLater = async () => (await counter.hit(policy)).timeToExpire === 1;
    await waitFor(isLater, { what: 'half a second of the window to pass' });
  });

  it('lets exactly the limit through of hits that come at once', async () => {
    const counter = client();
    const hits = await Promise.all(Array.from({ length: 50 }, () => counter.hit({ limit: 20 })));
    const passed = hits.filter(({ isBlocked }) => !isBlocked).map(({ totalHits }) => totalHits);
    expect(passed.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
}

function refusesHits(client: () => Client): void {
  it('refuses what is over the limit until the window ends, and does not count it', async () => {
    const counter = client();
    await counter.hits(2, { limit: 2 });
    for (const refused of await counter.hits(3, { limit: 2 })) {
      expect(refused).toMatchObject({ totalHits: 3, isBlocked: true });
      expect(refused.timeToBlockExpire).toBeGreaterThanOrEqual(50);
      expect(refused.timeToBlockExpire).toBeLessThanOrEqual(60);
    }
  });

  it('begins anew when the window has ended', async () => {
    const counter = client();
    const policy = { limit: 2, ttl: 600 };
    const [, , over] = await counter.hits(3, policy);
    expect(over.isBlocked).toBe(true);
    const anew = await counter.passes(policy, 'the window to end');
    expect(anew.totalHits).toBeLessThanOrEqual(2);
  });

  it('lets nothing through when the limit is 0', async () => {
    for (const refused of await client().hits(2, { limit: 0 })) {
      expect(refused).toMatchObject({ totalHits: 1, isBlocked: true, timeToBlockExpire: 60 });
    }
  });
}

function blocks(client: () => Client): void {
  const policy = { limit: 2, block: 700 };

  it('blocks for the block’s own time, which further hits do not prolong', async () => {
    const counter = client();
    const startedAt = performance.now();
    const hits = await counter.hits(5, policy);
    expect(hits.map(({ isBlocked }) => isBlocked)).toEqual([false, false, true, true, true]);
    expect(hits.slice(2).map(({ totalHits }) => totalHits)).toEqual([3, 3, 3]);
    expect(hits[2].timeToBlockExpire).toBe(1);
    await counter.passes(policy, 'the block to end although hits go on');
    expect(performance.now() - startedAt).toBeGreaterThan(600);
  });

  it('forgets all hits when the block has ended', async () => {
    const counter = client();
    await counter.hits(3, policy);
    expect((await counter.passes(policy, 'the block to end')).totalHits).toBe(1);
    const next = await counter.hits(2, policy);
    expect(next.map(({ isBlocked }) => isBlocked)).toEqual([false, true]);
  });
}

function keepsCountersApart(client: () => Client): void {
  it('keeps throttlers apart by their name', async () => {
    const counter = client();
    await counter.hits(2, { limit: 1, name: 'short' });
    expect(await counter.hit({ limit: 1, name: 'long' })).toMatchObject({ totalHits: 1, isBlocked: false });
    expect((await counter.hit({ limit: 1, name: 'short' })).isBlocked).toBe(true);
  });

  it('keeps keys apart', async () => {
    await client().hits(2, { limit: 1 });
    expect(await client().hit({ limit: 1 })).toMatchObject({ totalHits: 1, isBlocked: false });
  });
}
