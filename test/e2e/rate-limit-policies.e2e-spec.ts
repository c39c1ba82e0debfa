import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestApp } from '../support/app.js';
import {
  decide,
  LONG_MS,
  policyPath,
  type PolicyFields,
  putPolicy,
  type Replica,
  startReplica,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

const ONCE: PolicyFields = { algorithm: 'fixed-window', limit: 1, windowMs: LONG_MS };

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  [a, b] = await Promise.all([
    startReplica({ REDIS_URL: redis.url }),
    startReplica({ REDIS_URL: redis.url }),
  ]);
});

const put = (replica: Replica, name: string, body: PolicyFields) =>
  replica.request('PUT', policyPath(name), { body });
const get = (replica: Replica, name: string) => replica.request('GET', policyPath(name));
const remove = (replica: Replica, name: string) => replica.request('DELETE', policyPath(name));

/** The names of all policies. */
async function namesOn(replica: Replica): Promise<string[]> {
  const { status, body } = await replica.request('GET', '/v1/rate-limits/policies');
  expect({ status, nextCursor: body.nextCursor }).toEqual({ status: 200, nextCursor: null });
  return body.items.map(({ name }: { name: string }) => name);
}

/** Waits until decisions of a replica are by this limit; it may still remember what it refused under another. */
function decidesBy(replica: Replica, policy: string, limit: number): Promise<unknown> {
  const key = `decides-by-${limit}`;
  const decided = async () => (await decide(replica, [{ policy, key }])).body.decisions?.[0].limit === limit;
  return waitFor(decided, { what: `decisions by a limit of ${limit}` });
}

describe('a policy', () => {
  const full: PolicyFields = {
    algorithm: 'token-bucket',
    limit: 100,
    windowMs: 60_000,
    burst: 200,
    blockDurationMs: 5000,
    mode: 'shadow',
    onStoreFailure: 'local',
    allowKeys: ['ada'],
    denyKeys: ['bob', '☃'],
    nearLimitShare: 0.5,
  };

  it.each(['plain', 'a/b', 'a%2Fb {c}:* ☃'])('is created, read, replaced and dropped: %s', async (name) => {
    expect(await put(a, name, full)).toMatchObject({ status: 200, body: { name, ...full } });
    expect((await get(a, name)).body).toEqual({ name, ...full });
    expect((await put(a, name, ONCE)).body).toEqual({ name, ...ONCE });
    expect((await get(a, name)).body).toEqual({ name, ...ONCE });
    const dropped = await remove(a, name);
    expect([dropped.status, dropped.text]).toEqual([204, '']);
    expect((await get(a, name)).status).toBe(404);
  });

  it('is listed with the others by name', async () => {
    await putPolicy([a, b], 'list-b', ONCE);
    await putPolicy([a, b], 'list-a', full);
    const { body } = await b.request('GET', '/v1/rate-limits/policies');
    expect(body).toEqual({
      items: [
        { name: 'list-a', ...full },
        { name: 'list-b', ...ONCE },
      ],
      nextCursor: null,
    });
  });

  it('that is none is not found, by a problem', async () => {
    for (const answer of [await get(a, 'none'), await remove(a, 'none')]) {
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.body).toEqual({
        type: 'urn:holdfast:problem:policy-not-found',
        title: 'No such rate-limit policy',
        status: 404,
        detail: 'There is no policy "none".',
        instance: '/v1/rate-limits/policies/none',
        code: 'POLICY_NOT_FOUND',
      });
    }
  });

  it('is kept in Redis, where a replica that comes later finds it', async () => {
    await putPolicy([a, b], 'kept', full);
    const late = await startReplica({ REDIS_URL: redis.url });
    expect((await get(late, 'kept')).body).toEqual({ name: 'kept', ...full });
    await late.stop();
  });
});

describe('a change on one replica', () => {
  it('decides on the other', async () => {
    await put(a, 'changing', { ...ONCE, limit: 10 });
    await decidesBy(b, 'changing', 10);
    await put(a, 'changing', { ...ONCE, limit: 20 });
    await decidesBy(b, 'changing', 20);
    await put(b, 'changing', { ...ONCE, limit: 30 });
    await decidesBy(a, 'changing', 30);
    await remove(a, 'changing');
    const isGone = async () => (await decide(b, [{ policy: 'changing', key: 'x' }])).status === 404;
    await waitFor(isGone, { what: 'the policy to be gone everywhere' });
  });

  it('frees whom the other one refused under the old limit, and keeps the hits', async () => {
    await putPolicy([a, b], 'raised', ONCE);
    const ask = async () => (await decide(b, [{ policy: 'raised', key: 'x' }])).body;
    expect([(await ask()).allowed, (await ask()).allowed, (await ask()).allowed]).toEqual([
      true,
      false,
      false,
    ]);
    await put(a, 'raised', { ...ONCE, limit: 3 });
    const freed = async () => {
      const { allowed, decisions } = await ask();
      return allowed && [decisions[0].remaining];
    };
    expect(await waitFor(freed, { what: 'the new limit' })).toEqual([1]);
  });

  it('refuses by a smaller limit whom the larger one let pass', async () => {
    await putPolicy([a, b], 'lowered', { ...ONCE, limit: 10 });
    await decide(b, [{ policy: 'lowered', key: 'x', cost: 5 }]);
    await putPolicy([a, b], 'lowered', { ...ONCE, limit: 5 });
    expect((await decide(b, [{ policy: 'lowered', key: 'x' }])).body.allowed).toBe(false);
  });

  /** CLIENT KILL, as a failover or a proxy in between would. Both replicas are of this process and lose theirs. */
  async function killSubscribers(): Promise<number> {
    const list = (await redis.client.client('LIST')) as string;
    const ids = [...list.matchAll(/^id=(\d+) .* name=holdfast:subscriber:\S* /gm)].map(([, id]) => id);
    for (const id of ids) await redis.client.client('KILL', 'ID', id);
    return ids.length;
  }

  it('is heard again after the connection that hears of it was killed', async () => {
    await putPolicy([a, b], 'killed', { ...ONCE, limit: 10 });
    expect(await killSubscribers()).toBe(2);
    await put(a, 'killed', { ...ONCE, limit: 20 });
    await decidesBy(b, 'killed', 20);
    const check = [{ policy: 'killed', key: 'reset', cost: 20 }];
    for (let i = 0; i < 2; i++) await decide(b, check);
    const heard = async () => {
      const [list, sent] = await Promise.all([
        redis.client.client('LIST') as Promise<string>,
        redis.client.pubsub('NUMSUB', 'holdfast:default:rate-limit:{news}:channel'),
      ]);
      return list.includes('holdfast:subscriber') && sent[1] === 2;
    };
    await waitFor(heard, { what: 'the subscriptions to be back' });
    await a.request('DELETE', `${policyPath('killed')}/keys/reset`);
    const passes = async () => (await decide(b, check)).body.allowed as boolean;
    await waitFor(passes, { what: 'the reset to be heard' });
  });

  it('is found although its news were lost', async () => {
    await putPolicy([a, b], 'unheard', { ...ONCE, limit: 10 });
    const key = 'holdfast:default:rate-limit:{policies}:all';
    const changed = { name: 'unheard', ...ONCE, limit: 20 };
    await redis.client.hset(key, 'p:unheard', JSON.stringify(changed), 'version', 'unheard');
    await Promise.all([decidesBy(a, 'unheard', 20), decidesBy(b, 'unheard', 20)]);
  });

  it('is found when Redis has lost all', async () => {
    await putPolicy([a, b], 'lost', ONCE);
    await redis.client.flushall();
    const isGone = async () => (await namesOn(a)).length + (await namesOn(b)).length === 0;
    await waitFor(isGone, { what: 'the policies to be gone' });
    await putPolicy([b, a], 'lost', { ...ONCE, limit: 2 });
    await decidesBy(a, 'lost', 2);
  });
});

describe('RATE_LIMIT_POLICIES_FILE', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-policies-'));
  const path = join(folder, 'policies.json');
  let server: TestServer;

  const write = (content: unknown, to = path) => {
    writeFileSync(to, typeof content === 'string' ? content : JSON.stringify(content));
    return to;
  };
  const limitOf = async (name: string) => (await get(server, name)).body.limit as number | undefined;

  beforeAll(async () => {
    await redis.client.flushall();
    await putPolicy([a, b], 'in-both', { ...ONCE, limit: 7 });
    const inFile = { 'in-file': ONCE, 'in-both': ONCE, stale: { ...ONCE, windowMs: 5 } };
    server = await TestServer.start({
      REDIS_URL: redis.url,
      REDIS_COMMAND_TIMEOUT_MS: '5000',
      RATE_LIMIT_POLICIES_FILE: write(inFile),
    });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read at the boot, and its policies decide', async () => {
    expect(await namesOn(server)).toEqual(['in-both', 'in-file', 'stale']);
    expect((await get(server, 'in-file')).body).toEqual({ name: 'in-file', ...ONCE });
    const ask = async () => (await decide(server, [{ policy: 'in-file', key: 'x' }])).body.allowed as boolean;
    expect([await ask(), await ask()]).toEqual([true, false]);
  });

  it('comes after a policy of the same name in Redis, and holds again once that is dropped', async () => {
    expect(await limitOf('in-both')).toBe(7);
    await put(server, 'in-file', { ...ONCE, limit: 9 });
    expect(await limitOf('in-file')).toBe(9);
    await decidesBy(server, 'in-file', 9);
    expect((await remove(server, 'in-file')).status).toBe(204);
    expect(await limitOf('in-file')).toBe(1);
    expect((await remove(server, 'in-file')).status).toBe(404);
  });

  it('is read again when it changes: what is new decides, and what is not in it is gone', async () => {
    write({ 'in-file': { ...ONCE, limit: 40 }, added: ONCE });
    await decidesBy(server, 'in-file', 40);
    expect(await namesOn(server)).toEqual(['added', 'in-both', 'in-file']);
    expect(await limitOf('in-both')).toBe(7);
  });

  it('changes nothing when it becomes wrong, and says what is wrong', async () => {
    const wrong = { 'in-file': { ...ONCE, limit: -1 }, other: { ...ONCE, hits: 1 } };
    const report = server.child.waitForLine(/policies\.json.*policy in-file: limit must not be less than 0/);
    write(wrong);
    await report;
    expect(
      server.child.lines.some(({ text }) => /policy other: property hits should not exist/.test(text)),
    ).toBe(true);
    expect(await namesOn(server)).toEqual(['added', 'in-both', 'in-file']);
    expect(await limitOf('in-file')).toBe(40);
    const cut = server.child.waitForLine(/policies\.json: .*JSON/, { after: server.child.lines.length });
    write('{"in-file": {');
    await cut;
    expect(await limitOf('in-file')).toBe(40);
    write({ 'in-file': { ...ONCE, limit: 50 } });
    await decidesBy(server, 'in-file', 50);
  });

  it('that is wrong stops the boot, with a line for each fault', async () => {
    const to = join(folder, 'wrong.json');
    write({ one: { ...ONCE, limit: -1, burst: 5 }, two: ONCE, three: 7 }, to);
    const child = TestServer.spawn({ REDIS_URL: redis.url, RATE_LIMIT_POLICIES_FILE: to });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.stderr.trim().split('\n')).toEqual([
      `RATE_LIMIT_POLICIES_FILE ${to}: policy one: limit must not be less than 0`,
      'policy one: burst is only for token-bucket and leaky-bucket',
      'policy three: must be an object',
    ]);
  });
});
