import { Module, type Type } from '@nestjs/common';
import { appWithout, TestApp } from '../support/app.js';
import { LimitedModule } from '../support/fixtures/limited.module.js';
import type { TestAnswer } from '../support/http.js';
import {
  counterKeys,
  LONG_MS,
  parseList,
  type PolicyFields,
  policyPath,
  putPolicy,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), LimitedModule] })
class LimitedApp {}

const TWICE: PolicyFields = { algorithm: 'sliding-window-log', limit: 2, windowMs: LONG_MS };

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, RATE_LIMIT: '3', TRUST_PROXY: '127.0.0.1/32' };
  [a, b] = await Promise.all([1, 2].map(() => TestApp.start(settings, LimitedApp as Type)));
  await putPolicy([a, b], 'named', TWICE);
  await putPolicy([a, b], 'several-wide', { ...TWICE, limit: 10 });
  await putPolicy([a, b], 'several-narrow', TWICE);
});

let clients = 0;

/** An address that nobody has asked from. */
const newClient = () => `198.18.${Math.floor((clients += 1) / 250)}.${1 + (clients % 250)}`;

/** Asks as the client behind an address, and with further headers. */
const get = (path: string, client: string, headers: Record<string, string> = {}, app = a) =>
  app.request('GET', `/v1/${path}`, { headers: { 'x-forwarded-for': client, ...headers } });

async function inTurn(count: number, ask: (i: number) => Promise<TestAnswer>): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < count; i++) statuses.push((await ask(i)).status);
  return statuses;
}

const left = ({ headers }: TestAnswer) =>
  Object.fromEntries(
    parseList(headers.get('ratelimit')).map(({ value, parameters }) => [value, parameters.r]),
  );

describe('@RateLimit() with a policy', () => {
  it('limits a route over all replicas, and says what is left', async () => {
    const client = newClient();
    const answers = [];
    for (const app of [a, b, a, b]) answers.push(await get('limited/named', client, {}, app));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    expect(answers.map(left)).toEqual([{ named: 1 }, { named: 0 }, { named: 0 }, { named: 0 }]);
    expect(answers[0].headers.get('ratelimit-policy')).toBe(`"named";q=2;w=${LONG_MS / 1000}`);
    expect(answers[3].body).toMatchObject({ code: 'RATE_LIMITED', 'violated-policies': ['named'] });
    expect(answers[3].headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('follows a change of the policy', async () => {
    const client = newClient();
    await putPolicy([a, b], 'named', { ...TWICE, limit: 1 });
    expect(await inTurn(2, () => get('limited/named', client, {}, b))).toEqual([200, 429]);
    await putPolicy([a, b], 'named', TWICE);
    expect(await inTurn(2, () => get('limited/named', client, {}, b))).toEqual([200, 429]);
  });

  it('limits by several at once: all are charged, or none', async () => {
    const client = newClient();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await get('limited/several', client));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    expect(left(answers[3])).toEqual({ 'several-wide': 8, 'several-narrow': 0 });
    expect(answers[3].body['violated-policies']).toEqual(['several-narrow']);
    expect(parseList(answers[3].headers.get('ratelimit-policy')).map(({ value }) => value)).toEqual([
      'several-wide',
      'several-narrow',
    ]);
  });

  it('shares the budget of a name among routes, and that with decisions of code', async () => {
    const client = newClient();
    await get('limited/several', client);
    expect(left(await get('limited/skips-narrow', client))).toEqual({ 'several-wide': 8 });
    expect(left(await get('limited/skip', client, { 'x-internal': 'yes' }))).toEqual({ 'several-wide': 7 });
    const { body } = await a.request('GET', `${policyPath('several-wide')}/keys/${client}`);
    expect(body.remaining).toBe(7);
  });

  it('takes a policy as it stands in the code', async () => {
    const client = newClient();
    expect(await inTurn(4, () => get('limited/inline', client))).toEqual([200, 200, 200, 429]);
    expect((await a.request('GET', policyPath('inline'))).status).toBe(404);
  });

  it('fails where the policy does not exist, rather than leaving the route open', async () => {
    const answer = await get('limited/absent', newClient());
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
  });

  it('holds for all routes of a controller together, unless a route has one of its own', async () => {
    const client = newClient();
    const route = (name: string) => () => get(`limited-controller/${name}`, client);
    expect(await inTurn(1, route('one'))).toEqual([200]);
    expect(await inTurn(2, route('other'))).toEqual([200, 429]);
    expect(await inTurn(4, route('own'))).toEqual([200, 200, 200, 429]);
    expect(await inTurn(4, route('skipped'))).toEqual([200, 200, 200, 200]);
  });
});

describe('who spends', () => {
  const twiceEach = async (
    path: string,
    ...clients: [client: string, headers?: Record<string, string>][]
  ) => {
    const statuses = [];
    for (const [client, headers] of clients) statuses.push((await get(path, client, headers)).status);
    return statuses;
  };

  it('is a /64 of IPv6: more addresses are not more budget', async () => {
    const addresses = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff:ffff:ffff:9',
      '2001:DB8:1:2::77',
      '2001:db8:1:3::1',
    ];
    const asked = addresses.map((address): [string] => [address]);
    expect(await twiceEach('limited/named', ...asked)).toEqual([200, 200, 429, 200]);
  });

  it('is the IPv4 address, also in the form of IPv6', async () => {
    const client = newClient();
    const forms: [string][] = [[client], [`::ffff:${client}`], [`::FFFF:${client}`], [newClient()]];
    expect(await twiceEach('limited/named', ...forms)).toEqual([200, 200, 429, 200]);
  });

  it('is the user of the session, from whatever address and in whatever session', async () => {
    const tokens: string[] = [];
    for (const userId of ['ada', 'ada', 'bob']) {
      tokens.push((await a.request('POST', '/v1/sessions', { body: { userId } })).body.token as string);
    }
    const asked = [0, 1, 0, 2].map((i): [string, Record<string, string>] => [
      newClient(),
      { 'session-token': tokens[i] },
    ]);
    expect(await twiceEach('limited/user', ...asked)).toEqual([200, 200, 429, 200]);
  });

  it('is the address where there is no user', async () => {
    const client = newClient();
    expect(await inTurn(3, () => get('limited/user-or-address', client))).toEqual([200, 200, 429]);
    expect(await inTurn(3, () => get('limited/user', client, { 'session-token': 'forged' }))).toEqual([
      401, 401, 429,
    ]);
    expect((await get('limited/user', newClient(), { 'session-token': 'forged' })).status).toBe(401);
  });

  it('is the API key, and the address without one', async () => {
    const key = (name: string): [string, Record<string, string>] => [
      newClient(),
      { authorization: `Bearer ${name}` },
    ];
    const asked = [key('k-1'), key('k-1'), key('k-1'), key('k-2')];
    expect(await twiceEach('limited/api-key', ...asked)).toEqual([200, 200, 429, 200]);
    const client = newClient();
    expect(await inTurn(3, () => get('limited/api-key', client))).toEqual([200, 200, 429]);
  });

  it.each(['custom', 'custom-later'])('is what a function says: %s', async (route) => {
    const team = (name: string): [string, Record<string, string>] => [newClient(), { 'x-team': name }];
    const asked = [team('red'), team('red'), team('red'), team('blue')];
    expect(await twiceEach(`limited/${route}`, ...asked)).toEqual([200, 200, 429, 200]);
    const addresses = [team('2001:db8:9:9::1'), team('2001:db8:9:9::2'), team('2001:db8:9:9::3')];
    expect(await twiceEach(`limited/${route}`, ...addresses)).toEqual([200, 200, 429]);
  });

  it('is told to nobody who reads the keys in Redis', async () => {
    const client = newClient();
    await get('limited/named', client);
    await get('limited/api-key', client, { authorization: 'Bearer s3cret' });
    const keys = await counterKeys(redis);
    for (const key of keys) expect(key).toMatch(/^holdfast:default:rate-limit:\{[\w-]{22}\}:[\w%-]+$/);
    expect(keys.some((key) => key.includes(client) || key.includes('s3cret'))).toBe(false);
  });
});

describe('what a request costs', () => {
  it.each(['cost', 'cost-later'])('is what a function says; 0 asks nothing: %s', async (route) => {
    const client = newClient();
    const spend = (cost: number) => get(`limited/${route}?cost=${cost}`, client);
    expect(left(await spend(7))).toEqual({ [route]: 3 });
    expect((await spend(4)).status).toBe(429);
    const free = await spend(0);
    expect(free.status).toBe(200);
    expect(free.headers.has('ratelimit')).toBe(false);
    expect(left(await spend(3))).toEqual({ [route]: 0 });
  });

  it('is nothing where a rule is skipped', async () => {
    const client = newClient();
    const internal = { 'x-internal': 'yes' };
    expect(await inTurn(3, () => get('limited/skip', client, internal))).toEqual([200, 200, 200]);
    expect(await inTurn(3, () => get('limited/skip', client))).toEqual([200, 200, 429]);
    const answer = await get('limited/skip', client, internal);
    expect(answer.status).toBe(200);
    expect(Object.keys(left(answer))).toEqual(['several-wide']);
  });
});

describe('@SkipThrottle()', () => {
  it('takes a route out of one policy or of all', async () => {
    const client = newClient();
    const statuses = await inTurn(4, () => get('limited/skips-narrow', client));
    expect(statuses).toEqual([200, 200, 200, 200]);
    const answer = await get('limited/skips-all', client);
    expect(answer.status).toBe(200);
    expect(answer.headers.has('ratelimit')).toBe(false);
    expect(await inTurn(5, () => get('throttled/skipped', client))).toEqual(Array(5).fill(200));
  });
});

describe('@RateLimit() without a policy', () => {
  it('has a budget for each route, of RATE_LIMIT', async () => {
    const client = newClient();
    expect(await inTurn(4, () => get('throttled/plain', client))).toEqual([200, 200, 200, 429]);
    expect(await inTurn(4, () => get('throttled/other', client))).toEqual([200, 200, 200, 429]);
    expect(left(await get('throttled/plain', newClient()))).toEqual({ default: 2 });
  });

  it('takes the numbers of @Throttle(), also where they depend on the request', async () => {
    const client = newClient();
    expect(await inTurn(3, () => get('throttled/throttle', client))).toEqual([200, 200, 429]);
    const gold = newClient();
    const asked = () => get('throttled/throttle-by-request', gold, { 'x-plan': 'gold' });
    expect(await inTurn(5, asked)).toEqual([200, 200, 200, 200, 429]);
    expect(await inTurn(3, () => get('throttled/throttle-by-request', client))).toEqual([200, 200, 429]);
  });
});

describe('a cached route', () => {
  it('never stores a refusal, and limits also what comes from the cache', async () => {
    const [poor, rich] = [newClient(), newClient()];
    const ask = (id: string, client: string) => get(`limited/cached?id=${id}`, client);
    const stored = await ask('a', poor);
    expect((await ask('a', poor)).headers.get('cache-status')).toContain('holdfast; hit');
    const refused = [await ask('a', poor), await ask('b', poor)];
    for (const { status, headers } of refused) {
      expect(status).toBe(429);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.has('cache-status')).toBe(false);
    }
    const fresh = await ask('b', rich);
    expect(fresh).toMatchObject({ status: 200, body: { id: 'b' } });
    expect(fresh.headers.get('cache-status')).toContain('fwd=miss');
    const hit = await ask('a', rich);
    expect(hit.body).toEqual(stored.body);
    expect(hit.headers.get('cache-status')).toContain('holdfast; hit');
    expect(left(hit)).toEqual({ cached: 0 });
  });
});

describe('X-Forwarded-For where no proxy is trusted', () => {
  it('is warned of once, and believed never', async () => {
    const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '5000', RATE_LIMIT: '3' };
    const server = await TestServer.start({ ...settings, LOG_LEVEL: 'warn' });
    const ask = (i: number) =>
      server.request('GET', '/v1/probe/limited', { headers: { 'x-forwarded-for': `203.0.113.${i}` } });
    const warnings = () => server.child.lines.filter(({ text }) => text.includes('X-Forwarded-For'));
    await server.request('GET', '/v1/probe/limited');
    expect(await inTurn(3, ask)).toEqual([200, 200, 429]);
    await waitFor(() => warnings().length > 0, { what: 'the warning' });
    await server.request('GET', '/v1/probe/limited');
    const [warning, ...more] = warnings().map(
      ({ text }) => JSON.parse(text) as { level: number; msg: string },
    );
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 40, msg: expect.stringContaining('Set TRUST_PROXY') });
  });
});
