import type { SessionsService } from '../../src/sessions/index.js';
import { TestRedis } from '../support/redis-server.js';
import { codeOf, sessionKeys, startServices, tally, tokenOf } from '../support/sessions.js';

const ROUNDS = 1000;
const WRITERS = 50;
const RACES = 10_000;

describe('writes to a session, by two replicas at once', () => {
  let redis: TestRedis;
  let replicas: SessionsService[];
  let one: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    replicas = await startServices(redis, 2);
    [one] = replicas;
  });

  beforeEach(() => redis.client.flushall());

  const writer = (index: number) => replicas[index % replicas.length];
  const range = (length: number) => Array.from({ length }, (_, index) => index);

  it(`lose no field in ${ROUNDS} rounds of ${WRITERS} writers of distinct fields`, async () => {
    const sessions = 10;
    const tokens = await Promise.all(range(sessions).map((n) => tokenOf(one, { userId: `user-${n}` })));
    let lost = 0;
    const round = async (token: string, number: number) => {
      await Promise.all(range(WRITERS).map((w) => writer(w).update(token, { set: { [`w${w}`]: number } })));
      const { data } = await one.verify(token);
      lost += range(WRITERS).filter((w) => data[`w${w}`] !== number).length;
    };
    // Ten sessions at a time, so that the pipes are full.
    for (let number = 1; number <= ROUNDS / sessions; number++) {
      await Promise.all(tokens.map((token) => round(token, number)));
    }
    expect(lost).toBe(0);
  });

  it(`bring no session back in ${RACES} races against its logout, whole or in part`, async () => {
    const at = 1000;
    const outcomes: string[] = [];
    for (let done = 0; done < RACES; done += at) {
      const tokens = await Promise.all(range(at).map((n) => tokenOf(one, { userId: `user-${done + n}` })));
      const races = tokens.map(async (token, n) => {
        const write = codeOf(writer(n).update(token, { set: { cart: n }, unset: ['theme'] }));
        const logout = codeOf(writer(n + 1).revoke(token));
        const again = codeOf(writer(n).update(token, { increment: { visits: 1 } }));
        outcomes.push(await write, await again);
        expect(await logout).toBe('ok');
      });
      await Promise.all(races);
      expect(await sessionKeys(redis.client)).toEqual([]);
    }
    // Of both kinds, or nothing has raced.
    expect(Object.keys(tally(outcomes)).sort()).toEqual(['SESSION_INVALID', 'ok']);
  });

  it('leave another session of the user as it is when they race against a logout', async () => {
    const other = await tokenOf(one, { userId: 'ada', data: { theme: 'dark' } });
    const [key] = await sessionKeys(redis.client);
    const before = await redis.client.hgetallBuffer(key);
    for (const n of range(200)) {
      const token = await tokenOf(one, { userId: 'ada', data: { cart: 1 } });
      await Promise.all([
        codeOf(writer(n).update(token, { set: { cart: n, more: 'x' } })),
        writer(n + 1).revoke(token),
        codeOf(writer(n).rotate(token)),
      ]);
    }
    expect(await redis.client.hgetallBuffer(key)).toEqual(before);
    expect((await one.verify(other)).data).toEqual({ theme: 'dark' });
  });

  it('add up when they are increments', async () => {
    const token = await tokenOf(one, { userId: 'ada', data: { visits: 7, theme: 'dark' } });
    await Promise.all(
      range(500).map((n) => writer(n).update(token, { increment: { visits: 2, cents: -0.5 } })),
    );
    expect((await one.verify(token)).data).toEqual({ visits: 1007, theme: 'dark', cents: -250 });
    const increment = (by: Record<string, number>) => codeOf(one.update(token, { increment: by }));
    expect(await increment({ theme: 1 })).toBe('SESSION_FIELD_NOT_NUMBER');
    expect(await increment({ visits: Number.MAX_VALUE, cents: 1 })).toBe('ok');
    expect(await increment({ visits: Number.MAX_VALUE, cents: 1 })).toBe('SESSION_FIELD_NOT_NUMBER');
    expect(await increment({ visits: Number.NaN })).toBe('VALIDATION_FAILED');
    expect((await one.verify(token)).data).toMatchObject({ theme: 'dark', cents: -249 });
  });

  it('keep the whole of the data to 64 kB: of two that fit alone one is refused, and changes nothing', async () => {
    const token = await tokenOf(one, { userId: 'ada', data: { keep: 1 } });
    const set = (name: string) =>
      codeOf(writer(name.length).update(token, { set: { [name]: 'x'.repeat(40_000) } }));
    const codes = await Promise.all([set('a'), set('bb')]);
    expect(codes.sort()).toEqual(['SESSION_TOO_LARGE', 'ok']);
    const { data } = await one.verify(token);
    expect(Object.keys(data)).toHaveLength(2);
    const name = 'a' in data ? 'a' : 'bb';
    expect(await codeOf(one.update(token, { unset: [name] }))).toBe('ok');
    expect((await one.verify(token)).data).toEqual({ keep: 1 });
  });

  it('set, unset and replace in any order, and leave no field behind', async () => {
    const token = await tokenOf(one, { userId: 'ada', data: { a: 1, b: [2], c: { d: 'é\n"😀' } } });
    await one.update(token, { unset: ['a'] });
    expect((await one.verify(token)).data).toEqual({ b: [2], c: { d: 'é\n"😀' } });
    await one.update(token, { set: { e: null, b: 'x' }, unset: ['c', 'nothing'] });
    expect((await one.verify(token)).data).toEqual({ b: 'x', e: null });
    await one.update(token, { unset: ['b', 'e'] });
    expect((await one.verify(token)).data).toEqual({});
    const [key] = await sessionKeys(redis.client);
    expect((await redis.client.hkeys(key)).filter((name) => /f/.test(name) && name.length < 22)).toEqual([]);
  });
});
