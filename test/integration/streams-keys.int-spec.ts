import path from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  type CloudEvent,
  GroupsService,
  OnStream,
  type StreamContext,
  StreamsService,
} from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { spawnNode } from '../support/child.js';
import { gate } from '../support/gate.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const WORKER = path.join(__dirname, '../support/fixtures/stream-worker.ts');
const PATIENT = { timeoutMs: 30_000 };
const SEQUENCES = 150;
const STEPS = 25;

let redis: TestRedis;
let streams: StreamsService;
let groups: GroupsService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const app = await start();
  [streams, groups] = [app.get(StreamsService), app.get(GroupsService)];
});

beforeEach(() => redis.client.flushall());

const start = (...providers: Parameters<typeof consumersApp>) =>
  TestApp.start({ REDIS_URL: redis.url }, consumersApp(...providers));

const keyed = (stream: string, key: string, data: unknown) =>
  streams.publish(stream, { type: 't', key, data });

/** What keeps the order is gone with the events. */
const tracesOfOrder = async () => (await redis.keys()).filter((key) => /:(lanes|turns)-/.test(key));

async function take(stream: string, maxCount = 100): Promise<{ id: string; data: unknown }[]> {
  const taken = await groups.take(stream, 'g', { consumer: 'c', maxCount, waitMs: 0 });
  return taken.map(({ id, event: { data } }) => ({ id, data }));
}

const dataOf = (taken: readonly { data: unknown }[]) => taken.map(({ data }) => data);

describe('events of a key', () => {
  it('are handled one after the other by three replicas, and those of others meanwhile', async () => {
    const [KEYS, EACH] = [20, 40];
    const log = new Map<string, string[]>();
    let [atOnce, most] = [0, 0];
    const random = new Random(1);
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'g' })
      async handle({ partitionkey = '', data }: CloudEvent) {
        const own = log.get(partitionkey) ?? [];
        log.set(partitionkey, own);
        own.push(`begin ${String(data)}`);
        most = Math.max(most, (atOnce += 1));
        for (let turns = random.integer(0, 5); turns > 0; turns -= 1) await new Promise(setImmediate);
        atOnce -= 1;
        own.push(`end ${String(data)}`);
      }
    }
    const apps = await Promise.all([start(Orders), start(Orders), start(Orders)]);
    const published: Promise<unknown>[] = [];
    for (let n = 0; n < EACH; n += 1) {
      for (let key = 0; key < KEYS; key += 1) published.push(keyed('orders', `key ${key}`, n));
    }
    await Promise.all(published);
    const expected = Array.from({ length: EACH }, (_, n) => [`begin ${n}`, `end ${n}`]).flat();
    const isDone = () => [...log.values()].flat().length === KEYS * expected.length;
    await waitFor(isDone, { what: 'all events', ...PATIENT });
    for (const own of log.values()) expect(own).toEqual(expected);
    expect(log.size).toBe(KEYS);
    expect(most).toBeGreaterThan(1);
    await Promise.all(apps.map((app) => app.stop()));
    expect(await tracesOfOrder()).toEqual([]);
  });

  it('wait for one that fails until it succeeds, or is a dead letter, and others do not', async () => {
    const log: string[] = [];
    @Injectable()
    class Orders {
      @OnStream('failing', { group: 'g', maxDeliveries: 3, backoffMs: 60 })
      handle({ data }: CloudEvent, { deliveryCount }: StreamContext) {
        log.push(`${String(data)} ${deliveryCount}`);
        if (data === 'poison' || (data === 'a1' && deliveryCount < 3)) throw new Error('not now');
      }
    }
    for (const data of ['a1', 'a2', 'poison', 'a4']) await keyed('failing', 'a', data);
    await keyed('failing', 'b', 'b1');
    const app = await start(Orders);
    await waitFor(() => log.includes('a4 1'), { what: 'the last one' });
    const order = 'a1 1, a1 2, a1 3, a2 1, poison 1, poison 2, poison 3, a4 1';
    expect(log.filter((line) => !line.startsWith('b')).join(', ')).toBe(order);
    expect(log.indexOf('b1 1')).toBeLessThan(log.indexOf('a1 3'));
    expect((await groups.inspect('failing', 'g')).deadLetters).toBe(1);
    await app.stop();
    expect(await tracesOfOrder()).toEqual([]);
  });

  it('have their key also when they are redriven', async () => {
    await groups.define('redriven', 'g', { maxDeliveries: 1 });
    await keyed('redriven', 'a', 1);
    await groups.nack(
      'redriven',
      'g',
      (await take('redriven')).map(({ id }) => id),
    );
    await groups.redrive('redriven', 'g');
    await keyed('redriven', 'a', 2);
    const taken = await take('redriven');
    expect(dataOf(taken)).toEqual([1]);
    await groups.ack('redriven', 'g', [taken[0].id]);
    expect(dataOf(await take('redriven'))).toEqual([2]);
  });

  it('wait for what a killed process has had, which comes first again', async () => {
    const environment = { REDIS_URL: redis.url, LOG_LEVEL: 'silent' };
    const holder = spawnNode(WORKER, { env: environment, args: ['hold'] });
    await holder.waitForLine(/ready/, PATIENT);
    for (const data of ['a1', 'a2', 'a3']) await keyed('held', 'a', data);
    await holder.waitForLine(/held a1 1/, PATIENT);
    const taker = spawnNode(WORKER, { env: environment, args: ['take'] });
    await taker.waitForLine(/ready/, PATIENT);
    process.kill(holder.pid ?? 0, 'SIGKILL');
    await taker.waitForLine(/held a3 1/, PATIENT);
    const held = taker.lines.map(({ text }) => text).filter((text) => text.startsWith('held'));
    expect(held).toEqual(['held a1 2', 'held a2 1', 'held a3 1']);
    process.kill(taker.pid ?? 0, 'SIGTERM');
    await taker.exited;
  });

  it('wait also when all of them were left alone for long', async () => {
    await groups.define('left', 'g', { ackTimeoutMs: 1000 });
    for (const data of ['a1', 'a2', 'a3']) await keyed('left', 'a', data);
    expect(dataOf(await take('left'))).toEqual(['a1']);
    const again = await waitFor(
      async () => {
        const some = await groups.take('left', 'g', { consumer: 'heir', maxCount: 100, waitMs: 0 });
        return some.length > 0 && some;
      },
      { what: 'what was left' },
    );
    expect(again.map(({ event: { data } }) => data)).toEqual(['a1']);
    // Nothing is pending with who is gone, so its name can go.
    const pending = await redis.client.xpending(streamKey('left'), 'g');
    expect((pending as unknown[])[3]).toEqual([['heir', '3']]);
  });

  it('have their turn by applyOnce as well', async () => {
    const seen: unknown[] = [];
    const { load, begun, open } = gate<void>();
    @Injectable()
    class Orders {
      @OnStream('applied', { group: 'g' })
      async handle({ data }: CloudEvent, context: StreamContext) {
        seen.push(data);
        await context.applyOnce([['HINCRBY', 'effects{applied}', String(data), 1]]);
        if (data === 1) await load();
      }
    }
    await keyed('applied', 'a', 1);
    await keyed('applied', 'a', 2);
    const app = await start(Orders);
    await begun();
    // The first one is acknowledged, although its handler is at work.
    await keyed('applied', 'b', 3);
    await waitFor(() => seen.length === 3, { what: 'the second one' });
    expect(seen.toSorted()).toEqual([1, 2, 3]);
    open();
    await app.stop();
    expect(await redis.client.hgetall('effects{applied}')).toEqual({ 1: '1', 2: '1', 3: '1' });
    expect(await tracesOfOrder()).toEqual([]);
  });

  it('begin anew when their stream, or their group, was removed', async () => {
    for (const remove of [
      () => redis.client.del(streamKey('removed')),
      () => redis.client.xgroup('DESTROY', streamKey('removed'), 'g'),
    ]) {
      await groups.define('removed', 'g', { startAt: 'now' });
      for (let n = 0; n < 3; n += 1) await keyed('removed', 'a', `old ${n}`);
      expect(dataOf(await take('removed'))).toEqual(['old 0']);
      await remove();
      await groups.define('removed', 'g', { startAt: 'now' });
      await keyed('removed', 'a', 'new 1');
      await keyed('removed', 'a', 'new 2');
      const taken = await waitFor(
        async () => {
          const some = await take('removed');
          return some.length > 0 && some;
        },
        { what: 'what is new' },
      );
      expect(dataOf(taken)).toEqual(['new 1']);
      await groups.ack('removed', 'g', [taken[0].id]);
      const [second] = await take('removed');
      expect(second.data).toBe('new 2');
      await groups.ack('removed', 'g', [second.id]);
      expect(await tracesOfOrder()).toEqual([]);
    }
  });

  it('wait in the stream when too many of them wait', async () => {
    await groups.define('many', 'g', {});
    const event = { type: 't', key: 'a' };
    for (let n = 0; n < 11; n += 1)
      await streams.publishMany(
        'many',
        Array.from({ length: 1000 }, () => event),
      );
    for (let n = 0; n < 12; n += 1) await take('many', 1000);
    const { pending, lag } = await groups.inspect('many', 'g');
    expect(pending).toBeGreaterThanOrEqual(10_000);
    expect(lag).toBe(11_000 - pending);
    expect(lag).toBeGreaterThan(0);
  });

  it('are delivered one at a time, in order and to the last one, whatever becomes of them', async () => {
    let seed = 0;
    const work = async () => {
      while (seed < SEQUENCES) await new Play((seed += 1)).run();
    };
    await Promise.all(Array.from({ length: 10 }, work));
    expect(await tracesOfOrder()).toEqual([]);
  });
});

/** A random sequence of what a client does with a group. */
class Play {
  private readonly random: Random;
  private readonly stream: string;
  private readonly inHand = new Map<string, { id: string; n: number }>();
  /** By key, in the order in which they left the group. */
  private readonly ended = new Map<string, number[]>();
  private published = 0;

  constructor(private readonly seed: number) {
    this.random = new Random(seed);
    this.stream = `random ${seed}`;
  }

  async run(): Promise<void> {
    await groups.define(this.stream, 'g', { maxDeliveries: 3 });
    const steps = [() => this.publish(), () => this.take(), () => this.end('ack'), () => this.end('nack')];
    for (let step = 0; step < STEPS; step += 1) await this.random.pick(steps)();
    const all = async () => {
      await this.take();
      while (this.inHand.size > 0) await this.end('ack');
      return [...this.ended.values()].flat().length === this.published;
    };
    await waitFor(all, { what: `the end of sequence ${this.seed}` });
    for (const own of this.ended.values()) {
      expect([this.seed, own]).toEqual([this.seed, own.toSorted((a, b) => a - b)]);
    }
  }

  private async publish(): Promise<void> {
    for (let left = this.random.integer(1, 6); left > 0; left -= 1) {
      const key = this.random.pick(['a', 'a b', 'b']);
      await keyed(this.stream, key, { key, n: (this.published += 1) });
    }
  }

  private async take(): Promise<void> {
    for (const { id, data } of await take(this.stream, this.random.integer(1, 5))) {
      const { key, n } = data as { key: string; n: number };
      // What was given back may come again, and nothing else of its key.
      expect([this.seed, this.inHand.get(key)?.id ?? id]).toEqual([this.seed, id]);
      this.inHand.set(key, { id, n });
    }
  }

  private async end(method: 'ack' | 'nack'): Promise<void> {
    if (this.inHand.size === 0) return;
    const [key, { id, n }] = this.random.pick([...this.inHand]);
    const before = (await groups.inspect(this.stream, 'g')).deadLetters;
    if (method === 'ack') await groups.ack(this.stream, 'g', [id]);
    else await groups.nack(this.stream, 'g', [id], 0);
    const isOver = method === 'ack' || (await groups.inspect(this.stream, 'g')).deadLetters > before;
    if (!isOver) return;
    this.inHand.delete(key);
    this.ended.set(key, [...(this.ended.get(key) ?? []), n]);
  }
}
