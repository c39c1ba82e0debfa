import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer, RedisProcess } from '../../src/redis/index.js';
import { TestRedis } from './redis-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

const HOST = '127.0.0.1';
const NOTHING_ON_DISK = ['--save', '', '--appendonly', 'no'];
/** A replica's first synchronization starts at once: one that has not synchronized is never promoted. */
const REPLICATION = ['--repl-diskless-sync-delay', '0'];
const START_TIMEOUT_MS = 20_000;

/** A master, its replica and three Sentinels that watch them. */
export class TestSentinel {
  private constructor(
    readonly master: TestRedis,
    readonly replica: TestRedis,
    private readonly sentinels: readonly RedisProcess[],
    private readonly folder: string,
  ) {}

  static async start(): Promise<TestSentinel> {
    const master = await TestRedis.start({ args: [...NOTHING_ON_DISK, ...REPLICATION] });
    const replicaOf = ['--replicaof', HOST, String(master.port)];
    const replica = await TestRedis.start({ args: [...NOTHING_ON_DISK, ...REPLICATION, ...replicaOf] });
    await synchronized(replica);
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-sentinel-'));
    const sentinels = await Promise.all([1, 2, 3].map((n) => startSentinel(folder, n, master.port)));
    await Promise.all(sentinels.map(knowsTheOthers));
    return new TestSentinel(master, replica, sentinels, folder);
  }

  /** `redis-sentinel://h1:p1,h2:p2,h3:p3/main` */
  get url(): string {
    return `redis-sentinel://${this.sentinels.map(({ port }) => `${HOST}:${port}`).join(',')}/main`;
  }

  /** The servers end with the test file by themselves. */
  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map((sentinel) => sentinel.stop({ force: true })));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A Sentinel must be started with a configuration file of its own, as the first argument: it writes to it. */
async function startSentinel(folder: string, number: number, masterPort: number): Promise<RedisProcess> {
  const configuration = join(folder, `${number}.conf`);
  const settings = [
    `monitor main ${HOST} ${masterPort} 2`,
    'down-after-milliseconds main 500',
    'failover-timeout main 3000',
  ];
  writeFileSync(configuration, settings.map((setting) => `sentinel ${setting}\n`).join(''));
  const binary = join(folder, `${number}.sh`);
  const server = findRedisServer(process.env.REDIS_SERVER_BIN);
  writeFileSync(binary, `#!/bin/sh\nexec ${server} ${configuration} "$@" --sentinel\n`, { mode: 0o755 });
  return RedisProcess.start({ binary, folder });
}

async function knowsTheOthers({ port }: RedisProcess): Promise<void> {
  const client = new Redis(port, HOST, { protocol: 2 });
  const knows = async () => {
    const [fields] = (await client.call('SENTINEL', 'MASTERS')) as string[][];
    const value = (name: string) => fields[fields.indexOf(name) + 1];
    return value('num-other-sentinels') === '2' && value('num-slaves') === '1';
  };
  await waitFor(knows, { what: 'the Sentinels to know all', timeoutMs: START_TIMEOUT_MS });
  client.disconnect();
}

/** Three masters, and a replica of the first; clients reach the first through a proxy. */
export class TestCluster {
  private constructor(
    readonly masters: readonly TestRedis[],
    readonly replica: TestRedis,
    readonly proxy: TcpProxy,
  ) {}

  static async start(): Promise<TestCluster> {
    const proxy = await TcpProxy.start({ target: { host: HOST, port: 1 } });
    const announced = ['--cluster-announce-port', String(proxy.port)];
    const nodes = await Promise.all([announced, [], [], []].map((args) => startNode(args)));
    const [first, second, third, replica] = nodes.map(({ redis }) => redis);
    proxy.rewriteTarget({ host: HOST, port: first.port });
    await first.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 5460);
    await second.client.call('CLUSTER', 'ADDSLOTSRANGE', 5461, 10_922);
    await third.client.call('CLUSTER', 'ADDSLOTSRANGE', 10_923, 16_383);
    for (const { redis, busPort } of nodes.slice(1)) {
      await first.client.call('CLUSTER', 'MEET', HOST, redis.port, busPort);
    }
    const cluster = new TestCluster([first, second, third], replica, proxy);
    const id = (await first.client.call('CLUSTER', 'MYID')) as string;
    const replicate = () => replica.client.call('CLUSTER', 'REPLICATE', id);
    await waitFor(replicate, { what: 'the replica to know its master', timeoutMs: START_TIMEOUT_MS });
    await synchronized(replica);
    const complete = async (node: TestRedis) => {
      const info = (await node.client.call('CLUSTER', 'INFO')) as string;
      const links = (await node.client.call('CLUSTER', 'NODES')) as string;
      return (
        /cluster_state:ok[^]*known_nodes:4/.test(info) && /slave/.test(links) && !/fail|handshake/.test(links)
      );
    };
    for (const { redis } of nodes) {
      await waitFor(() => complete(redis), {
        what: 'the cluster to be complete',
        timeoutMs: START_TIMEOUT_MS,
      });
    }
    return cluster;
  }

  /** `redis-cluster://h1:p1,h2:p2` */
  get url(): string {
    return `redis-cluster://${HOST}:${this.proxy.port},${HOST}:${this.masters[1].port}`;
  }

  /** The servers end with the test file by themselves. */
  async stop(): Promise<void> {
    await this.proxy.close();
  }
}

async function startNode(announced: readonly string[]): Promise<{ redis: TestRedis; busPort: number }> {
  const busPort = await freePort();
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-announce-bus-port': busPort,
    'cluster-node-timeout': 1000,
    'cluster-require-full-coverage': 'no',
  };
  const cluster = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const redis = await TestRedis.start({
    args: [...NOTHING_ON_DISK, ...REPLICATION, ...announced, ...cluster],
  });
  return { redis, busPort };
}

async function synchronized(replica: TestRedis): Promise<void> {
  const linked = async () => (await replica.client.info('replication')).includes('master_link_status:up');
  await waitFor(linked, { what: 'the replica to have synchronized', timeoutMs: START_TIMEOUT_MS });
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer();
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
