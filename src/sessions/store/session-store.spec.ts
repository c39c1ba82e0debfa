import * as fc from 'fast-check';
import { TestRedis } from '../../../test/support/redis-server.js';
import { SessionStore } from './session-store.js';
import type { FrameworkSession } from './snapshot.js';

const HOUR_MS = 3_600_000;

let redis: TestRedis;
let sessions: SessionStore;
let ids = 0;

type Held = FrameworkSession & Record<string, unknown>;

beforeAll(async () => {
  redis = await TestRedis.start();
  sessions = SessionStore.connect({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '5000' });
  await sessions.connected();
});

beforeEach(() => redis.client.flushall());

afterAll(() => sessions.close());

const newId = (): string => `session-${(ids += 1)}`;
const cookie = (lifeMs = HOUR_MS) => ({ originalMaxAge: lifeMs, expires: new Date(Date.now() + lifeMs) });

async function load(id: string): Promise<Held> {
  const session = (await sessions.load(id)) as Held | undefined;
  if (!session) throw new Error(`There is no session ${id}.`);
  return session;
}

describe('a store of sessions', () => {
  it('gives back any JSON under any name', async () => {
    const name = fc.string({ unit: 'binary' }).filter((each) => each !== 'cookie' && each !== '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.jsonValue()), async (values) => {
        const id = newId();
        await sessions.save(id, { ...values, cookie: cookie() });
        const { cookie: _, ...kept } = await load(id);
        expect(kept).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 50 },
    );
  });

  it('makes, from what is there and what has changed, what the session has become', async () => {
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(values, fc.array(values), async (first, steps) => {
        const id = newId();
        await sessions.save(id, { ...first, cookie: cookie() });
        const session = await load(id);
        for (const step of steps) {
          for (const name of ['a', 'b', 'c', 'd']) delete session[name];
          Object.assign(session, step);
          expect(await sessions.save(id, session)).toBe(true);
          const { cookie: _, ...kept } = await load(id);
          expect(kept).toEqual(JSON.parse(JSON.stringify(step)));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('keeps a session of ten thousand properties, and drops them again', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, index]));
    const id = newId();
    await sessions.save(id, { ...many, cookie: cookie() });
    const session = await load(id);
    expect(Object.keys(session)).toHaveLength(10_001);
    for (const name of Object.keys(many)) delete session[name];
    await sessions.save(id, session);
    expect(Object.keys(await load(id))).toEqual(['cookie']);
  });

  it('hands over what JSON cannot say as an error, and keeps the session as it was', async () => {
    const id = newId();
    await sessions.save(id, { cookie: cookie(), user: 'ada' } as FrameworkSession);
    const session = await load(id);
    session.large = 1n;
    await expect(sessions.save(id, session)).rejects.toThrow(TypeError);
    expect(await load(id)).toMatchObject({ user: 'ada' });
  });

  it('replaces what stands under an id by a session that it has not given out', async () => {
    const id = newId();
    await sessions.save(id, { cookie: cookie(), old: true } as FrameworkSession);
    await sessions.save(id, { cookie: cookie(), fresh: true } as FrameworkSession);
    const { cookie: _, ...kept } = await load(id);
    expect(kept).toEqual({ fresh: true });
  });
});

describe('the life of a stored session', () => {
  it('ends with its cookie, also in the middle of a request', async () => {
    const id = newId();
    await sessions.save(id, { cookie: cookie() });
    for (const write of [sessions.save, sessions.touch]) {
      await sessions.save(id, { cookie: cookie() });
      expect(await write.call(sessions, id, { cookie: cookie(-1) })).toBe(false);
      expect(await sessions.load(id)).toBeUndefined();
    }
  });

  it('is not begun again by a touch or a save once it is destroyed', async () => {
    const id = newId();
    const session = { cookie: cookie(), changed: false };
    await sessions.save(id, session);
    await sessions.destroy(id);
    session.changed = true;
    expect(await sessions.save(id, session)).toBe(false);
    expect(await sessions.touch(id, { cookie: cookie() })).toBe(false);
    expect(await redis.client.dbsize()).toBe(0);
  });

  it('takes its length from the cookie at each change, and SESSION_IDLE_TTL_MS from a cookie without one', async () => {
    const id = newId();
    const session: Held = { cookie: cookie() };
    await sessions.save(id, session);
    const [key] = await redis.client.keys('*');
    for (const [life, expectedMs] of [
      [cookie(HOUR_MS * 1.05), HOUR_MS * 1.05],
      [{ expires: null }, 1_800_000],
      [{ expires: 'no date' }, 1_800_000],
    ] as const) {
      await sessions.save(id, Object.assign(session, { cookie: life, change: expectedMs }));
      const leftMs = await redis.client.pttl(key);
      expect(leftMs).toBeGreaterThan(expectedMs * 0.97);
      expect(leftMs).toBeLessThanOrEqual(expectedMs);
    }
  });

  it('is not written anew for the milliseconds that express-session loses of it', async () => {
    const id = newId();
    await sessions.save(id, { cookie: cookie(HOUR_MS) });
    const session = await load(id);
    await redis.client.config('RESETSTAT');
    await sessions.save(id, Object.assign(session, { cookie: { ...cookie(), originalMaxAge: HOUR_MS - 3 } }));
    expect(await redis.client.info('commandstats')).not.toMatch(/cmdstat_(?:hset|evalsha)/);
  });

  it('is told to the cookie of whoever loads it', async () => {
    const id = newId();
    await sessions.save(id, { cookie: cookie() });
    const [key] = await redis.client.keys('*');
    await redis.client.pexpire(key, 60_000);
    const expires = new Date((await load(id)).cookie!.expires as string).getTime() - Date.now();
    expect(expires).toBeGreaterThan(30_000);
    expect(expires).toBeLessThanOrEqual(60_000);
  });

  it('is not told to a cookie that ends with the browser', async () => {
    const id = newId();
    await sessions.save(id, { cookie: { expires: null } });
    expect((await load(id)).cookie).toEqual({ expires: null });
  });
});

describe('a store with a connection of its own', () => {
  it('wants to know its Redis', () => {
    expect(() => SessionStore.connect({})).toThrow(/REDIS_URL/);
  });
});
