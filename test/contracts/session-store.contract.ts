import { TestRedis } from '../support/redis-server.js';
import { Browser, Replicas, type SessionApp, type StartSessionApp } from '../support/session-app.js';
import { waitFor } from '../support/wait-for.js';

const HOUR_MS = 3_600_000;

/** What a drop-in store must do in its framework, over HTTP and on a real Redis. */
export function sessionStoreContract(framework: string, startApp: StartSessionApp): void {
  const replicas = new Replicas(startApp);
  let app: SessionApp;

  describe(`the store of ${framework}`, () => {
    beforeAll(async () => {
      replicas.redis = await TestRedis.start();
      app = await replicas.start(HOUR_MS);
    });
    beforeEach(() => replicas.redis.client.flushall());
    afterAll(() => replicas.stop());

    keepsSessions(replicas, () => app);
    losesNothing(replicas, () => app);
    resurrectsNothing(replicas, () => app);
    endsSessions(replicas, () => app);
    writesLittle(replicas, () => app);
    passesErrorsOn(replicas, () => app);
  });
}

type CurrentApp = () => SessionApp;

const awkward = {
  text: 'ø "quoted"\n\u0000 \ud83d\ude00',
  'a name with: spaces * {braces}': 1,
  '': 'no name',
  constructor: 'x',
  none: null,
  no: false,
  list: [1, [2], { three: 3 }],
};

function keepsSessions(replicas: Replicas, app: CurrentApp): void {
  it('keeps a login, on every replica', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada', roles: ['admin'] } });
    expect(await browser.read()).toEqual({ user: 'ada', roles: ['admin'] });
    const elsewhere = new Browser(await replicas.start(HOUR_MS), browser);
    expect(await elsewhere.read()).toEqual({ user: 'ada', roles: ['admin'] });
  });

  it('gives back what it was given, whatever it is called', async () => {
    const browser = new Browser(app());
    await browser.post('set', { values: awkward });
    // A framework keeps what its session has of its own.
    const { constructor: _, ...expected } = awkward;
    expect(await browser.read()).toMatchObject(expected);
  });

  it('keeps sessions apart', async () => {
    const [ada, bob] = [new Browser(app()), new Browser(app())];
    await ada.post('login', { values: { user: 'ada' } });
    await bob.post('login', { values: { user: 'bob' } });
    expect([await ada.read(), await bob.read()]).toEqual([{ user: 'ada' }, { user: 'bob' }]);
  });

  it('has a key that tells no credential and ends by itself', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada' } });
    const key = await replicas.onlyKey();
    expect(key).toMatch(/^holdfast:default:sessions:\{[\w-]{43}\}:store$/);
    const id = decodeURIComponent(browser.cookie!.split('=')[1]).replace(/^s:/, '').split('.')[0];
    expect(id.length).toBeGreaterThanOrEqual(32);
    const stored = JSON.stringify([key, await replicas.redis.client.hgetall(key)]);
    expect(stored).toContain('ada');
    expect(stored).not.toContain(id);
    const leftMs = await replicas.redis.client.pttl(key);
    expect(leftMs).toBeGreaterThan(HOUR_MS / 2);
    expect(leftMs).toBeLessThanOrEqual(HOUR_MS);
  });
}

function losesNothing(replicas: Replicas, app: CurrentApp): void {
  it('loses nothing when requests that run side by side change different properties', async () => {
    const browser = new Browser(app());
    const names = Array.from({ length: 50 }, (_, index) => `field-${index}`);
    const before = Object.fromEntries(names.slice(25).map((name) => [name, 'before']));
    await browser.post('login', { values: { ...before, user: 'ada', stale: true } });
    const gate = replicas.routes.gate('writers');
    const writers = names.map((name) =>
      browser.post('set', { gate: 'writers', values: { [name]: name }, unset: ['stale'] }),
    );
    await waitFor(() => gate.waiting === names.length, { what: 'all to have loaded the session' });
    gate.open();
    await Promise.all(writers);
    expect(await browser.read()).toEqual({
      user: 'ada',
      ...Object.fromEntries(names.map((name) => [name, name])),
    });
  });

  it('keeps what others have written between two saves of one request', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada' } });
    const gate = replicas.routes.gate('twice');
    const twice = browser.post('twice', { gate: 'twice', values: { first: 1 } });
    await waitFor(() => gate.waiting === 1, { what: 'the request to have loaded the session' });
    await new Browser(app(), browser).post('set', { values: { between: 2 } });
    gate.open();
    await twice;
    expect(await browser.read()).toEqual({ user: 'ada', first: 1, between: 2, later: true });
  });

  it('drops a property that was unset', async () => {
    const browser = new Browser(app());
    await browser.post('set', { values: { cart: [1], theme: 'dark' } });
    await browser.post('set', { unset: ['cart'] });
    expect(await browser.read()).toEqual({ theme: 'dark' });
    expect(await replicas.redis.client.hkeys(await replicas.onlyKey())).not.toContain('cart');
  });
}

function resurrectsNothing(replicas: Replicas, app: CurrentApp): void {
  it.each([
    ['that changes it', { values: { late: true } }],
    ['that only reads it', {}],
  ])('does not bring a session back by a request %s and ends after the logout', async (what, body) => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada' } });
    const gate = replicas.routes.gate(what);
    const late = new Browser(app(), browser).post('set', { ...body, gate: what });
    await waitFor(() => gate.waiting === 1, { what: 'the request to have loaded the session' });
    await new Browser(app(), browser).post('logout');
    gate.open();
    expect((await late).status).toBe(200);
    expect(await replicas.redis.client.dbsize()).toBe(0);
    expect(await browser.read()).toEqual({});
  });

  it('ends the old session when a login makes a new one', async () => {
    const browser = new Browser(app());
    await browser.post('set', { values: { cart: [1] } });
    const before = new Browser(app(), browser);
    await browser.post('login', { values: { user: 'ada' } });
    expect(browser.cookie).not.toBe(before.cookie);
    expect(await browser.read()).toEqual({ user: 'ada' });
    expect(await before.read()).toEqual({});
  });
}

function endsSessions(replicas: Replicas, app: CurrentApp): void {
  it('ends a session with its cookie', async () => {
    const browser = new Browser(await replicas.start(300));
    await browser.post('login', { values: { user: 'ada' } });
    const isGone = async () => (await replicas.redis.client.dbsize()) === 0;
    await waitFor(isGone, { what: 'the session to expire' });
    expect(await browser.read()).toEqual({});
  });

  it('gives a session whose cookie ends with the browser SESSION_IDLE_TTL_MS', async () => {
    const browser = new Browser(await replicas.start(undefined, { SESSION_IDLE_TTL_MS: '120000' }));
    const { headers } = await browser.post('login', { values: { user: 'ada' } });
    expect(headers.get('set-cookie')).not.toMatch(/expires|max-age/i);
    const leftMs = await replicas.redis.client.pttl(await replicas.onlyKey());
    expect(leftMs).toBeGreaterThan(60_000);
    expect(leftMs).toBeLessThanOrEqual(120_000);
    const { body, headers: again } = await browser.post('read');
    expect(body.user).toBe('ada');
    expect(again.get('set-cookie') ?? '').not.toMatch(/expires|max-age/i);
  });

  it('begins its life anew once a tenth of it has passed', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada' } });
    const key = await replicas.onlyKey();
    for (const { left, slides } of [
      { left: 0.95, slides: false },
      { left: 0.85, slides: true },
    ]) {
      await replicas.redis.client.pexpire(key, HOUR_MS * left);
      await browser.read();
      expect((await replicas.redis.client.pttl(key)) > HOUR_MS * 0.97).toBe(slides);
    }
  });
}

function writesLittle(replicas: Replicas, app: CurrentApp): void {
  it('costs a request that changes nothing one command, and no write', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada', cart: [1, 2] } });
    const count = () =>
      Promise.all(['evalsha', 'hset', 'hdel', 'pexpire'].map((name) => replicas.calls(name)));
    await browser.read();
    const before = await count();
    for (let request = 0; request < 10; request += 1) await browser.read();
    const after = await count();
    expect(after.map((calls, index) => calls - before[index])).toEqual([10, 0, 0, 0]);
  });

  it('writes the properties that a request changes, and no other', async () => {
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada', cart: [1], theme: 'dark' } });
    const key = await replicas.onlyKey();
    const gate = replicas.routes.gate('one property');
    const request = browser.post('set', { gate: 'one property', values: { cart: [1, 2] } });
    await waitFor(() => gate.waiting === 1, { what: 'the request to have loaded the session' });
    await replicas.redis.client.hset(key, { user: '"marked"', cart: '"marked"', cookie: '{"marked":true}' });
    gate.open();
    await request;
    const { theme, user, cart, cookie } = await replicas.redis.client.hgetall(key);
    const marked = { user: '"marked"', cookie: '{"marked":true}' };
    expect({ theme, user, cart, cookie }).toEqual({ ...marked, theme: '"dark"', cart: '[1,2]' });
  });
}

function passesErrorsOn(replicas: Replicas, app: CurrentApp): void {
  it('answers 503 within the deadline while Redis is away, and serves again when it is back', async () => {
    const impatient = await replicas.start(HOUR_MS, { REDIS_COMMAND_TIMEOUT_MS: '250' });
    const browser = new Browser(app());
    await browser.post('login', { values: { user: 'ada' } });
    replicas.redis.freeze();
    try {
      expect((await new Browser(impatient, browser).post('read')).status).toBe(503);
    } finally {
      replicas.redis.thaw();
    }
    const isBack = async () => (await new Browser(impatient, browser).read()).user === 'ada';
    await waitFor(isBack, { what: 'the session to be served again' });
  });
}
