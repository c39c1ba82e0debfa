/**
 * npm run demo:spike: three replicas on one Redis and one database behind a round-robin balancer, under a bounded
 * load on loopback; then a table of what happened. `--json` prints the facts for programs, `--requests N` sets the
 * size of the load (3000).
 */
import './bootstrap/node-version.mjs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { note } from './bootstrap/progress.mjs';
import { inProject } from './bootstrap/project.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';

const HOT_PRODUCTS = 20;
const asJson = process.argv.includes('--json');
const requests = Number(process.argv[process.argv.indexOf('--requests') + 1]) || 3000;
const cleanups = [];

await runTool(async () => {
  await ensureRedisServer();
  await ensureDependencies();
  await ensureBuild();
  try {
    const facts = await run();
    const { renderFacts } = await import('./demo-spike/report.mjs');
    console.log(asJson ? JSON.stringify(facts) : `\n${renderFacts(facts)}\n`);
  } finally {
    for (const stop of cleanups.reverse()) await stop();
  }
});

async function run() {
  const { openDatabase } = await import('./demo-spike/database.mjs');
  const facts = await import('./demo-spike/facts.mjs');
  const redis = await startRedis();
  note('opening the database');
  const database = await openDatabase();
  cleanups.push(database.stop);
  seed(database.url, redis.url);

  note('starting three replicas and the balancer');
  const stores = { redisUrl: redis.url, databaseUrl: database.url };
  const { fleet, balancer } = await startBalancedFleet(stores);
  const session = await facts.sessionFacts(fleet.urls);
  note('1000 concurrent requests of one client');
  const limit = await facts.limitFacts(balancer.url, 1000);
  const products = await facts.firstProducts(fleet.urls[0], HOT_PRODUCTS);
  note('writing on one replica, reading on all');
  const stale = await facts.staleFacts(fleet.urls, products[0], 50);
  note(`${requests} reads with the cache`);
  const cached = await facts.loadFacts(fleet.urls, balancer.url, products, requests);

  note('three replicas without the cache');
  const bare = await startBalancedFleet({ ...stores, without: ['CacheModule'] });
  const uncached = await facts.loadFacts(bare.fleet.urls, bare.balancer.url, products, requests);
  return { database: database.kind, session, limit, stale, cached, uncached };
}

async function startBalancedFleet(options) {
  const { startFleet } = await import('./demo-spike/fleet.mjs');
  const { startBalancer } = await import('./demo-spike/balancer.mjs');
  const fleet = await startFleet(options);
  cleanups.push(fleet.stop);
  const balancer = await startBalancer(fleet.urls);
  cleanups.push(balancer.stop);
  return { fleet, balancer };
}

async function startRedis() {
  const { findRedisServer, RedisProcess } = createRequire(inProject('package.json'))('./dist/redis/index.js');
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-demo-redis-'));
  const binary = findRedisServer(process.env.REDIS_SERVER_BIN);
  const redis = await RedisProcess.start({ binary, folder, args: ['--save', '', '--appendonly', 'no'] });
  cleanups.push(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return redis;
}

/** In a process of its own: the seed shows its progress, and this one stays free of the app. */
function seed(databaseUrl, redisUrl) {
  const env = { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  const stdio = ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync(process.execPath, [inProject('tools/seed.mjs')], { env, stdio });
  if (status !== 0) throw new Error('the catalog could not be seeded');
}
