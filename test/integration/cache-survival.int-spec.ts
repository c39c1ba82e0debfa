import path from 'node:path';
import { type NodeChild, spawnNode } from '../support/child.js';
import type { CacheReport } from '../support/fixtures/cache-caller.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const SCRIPT = path.join(__dirname, '..', 'support', 'fixtures', 'cache-caller.ts');
/** Redis keeps what it has over its death, so that what is stale could come back. */
const DURABLE = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

let source: TestRedis;
let redis: TestRedis;
/** Processes with the default deadlines, and nobody who catches what they leave unhandled: that ends them. */
let children: NodeChild[];

beforeAll(async () => {
  [source, redis] = await Promise.all([TestRedis.start(), TestRedis.start({ args: DURABLE })]);
  const env = {
    REDIS_URL: redis.url,
    SOURCE_REDIS_URL: source.url,
    CACHE_REDIS_URL: undefined,
    REDIS_COMMAND_TIMEOUT_MS: undefined,
    CACHE_READ_TIMEOUT_MS: undefined,
  };
  children = [0, 1].map(() => spawnNode(SCRIPT, { env }));
  await Promise.all(children.map((child) => child.waitForLine(/^ready$/, { timeoutMs: 50_000 })));
}, 60_000);

async function order(child: NodeChild, what: object): Promise<CacheReport> {
  const after = child.lines.length;
  child.writeLine(JSON.stringify(what));
  const [line] = await child.waitForLine(/^\{.*\}$/, { after, stream: 'stdout', timeoutMs: 20_000 });
  return JSON.parse(line) as CacheReport;
}

/** What a process gets; each load of a key gives another number, the first one 1. */
async function ask(child: NodeChild, key: string, tags: string[] = []): Promise<number> {
  const options = { ttlMs: 3_600_000, beta: 0, tags };
  const { values, errors } = await order(child, { key, callers: 5, loadMs: 1, options });
  expect(errors).toEqual({});
  expect(Object.values(values)).toEqual([5]);
  return Number(Object.keys(values)[0]);
}

describe.each([
  ['killed', () => redis.kill(), async () => void (redis = await redis.restart(DURABLE))],
  ['frozen', () => redis.freeze(), () => redis.thaw()],
])('a process whose Redis is %s', (how, stop, start) => {
  it('goes on, and afterwards hits again and has nothing that was invalidated meanwhile', async () => {
    const [a, b] = children;
    const name = (key: string) => `${how}:${key}`;
    const stale = [name('key'), name('tagged'), name('prefix:1')];
    const tags = (key: string) => (key === name('tagged') ? [name('tag')] : []);
    for (const key of [...stale, name('kept')]) {
      await waitFor(async () => (await ask(a, key, tags(key))) === (await ask(b, key, tags(key))), {
        what: `${key} to be stored`,
      });
    }
    const before = await Promise.all(stale.map((key) => ask(a, key, tags(key))));
    await stop();
    for (const child of children) {
      await waitFor(async () => (await ask(child, name('kept'))) !== (await ask(child, name('kept'))), {
        what: 'requests to be answered by loads',
      });
      for (let i = 0; i < 20; i += 1) await ask(child, name(`new ${i % 3}`));
    }
    await order(a, { invalidate: { keys: [name('key')], tags: [name('tag')], prefix: name('prefix:') } });
    await start();
    const back: string[] = [];
    for (const child of children) {
      await waitFor(
        async () => {
          for (const [i, key] of stale.entries()) {
            const value = await ask(child, key, tags(key));
            // The other process has had no part in the invalidation, and may see it a moment later.
            if (child === a && value === before[i]) back.push(key);
            if (child === b && value === before[i]) return false;
          }
          return (await ask(child, name('kept'))) === (await ask(child, name('kept')));
        },
        { what: 'hits to be back', timeoutMs: 20_000 },
      );
    }
    await waitFor(async () => (await ask(a, name('new 0'))) === (await ask(b, name('new 0'))), {
      what: 'both to have one value',
    });
    expect(back).toEqual([]);
    for (const { exit, stderr } of children) expect([exit, stderr]).toEqual([undefined, '']);
  });
});
