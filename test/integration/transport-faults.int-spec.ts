import path from 'node:path';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { lastValueFrom, toArray } from 'rxjs';
import { RedisStreamsClient } from '../../src/events/index.js';
import { spawnNode } from '../support/child.js';
import { gate } from '../support/gate.js';
import { TestRedis } from '../support/redis-server.js';
import { add, streamKey } from '../support/streams.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { startReplica } from '../support/transport.js';
import { waitFor } from '../support/wait-for.js';

const WORKER = path.join(__dirname, '../support/fixtures/transport-worker.ts');
const SOON = { timeoutMs: 40_000 };

const pendingOf = async ({ client }: TestRedis) =>
  ((await client.xpending(streamKey('orders'), 'shipping')) as [number])[0];

describe('a handler whose process is killed', () => {
  it('leaves events and requests to another, which replies without giving a value twice', async () => {
    const redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LOG_LEVEL: 'silent' };
    const spawn = (role: string) => spawnNode(WORKER, { args: [role], env });
    const holder = spawn('hold');
    await holder.waitForLine(/^ready$/, SOON);
    const client = (await startReplica({ env })).get(RedisStreamsClient);
    client.emit('told', 'event');
    const asked = lastValueFrom(client.send<number>('ask', 'request'));
    const values: unknown[] = [];
    const several = lastValueFrom(client.send('several', {}).pipe(toArray()));
    client.send('several', {}).subscribe({ next: (value) => values.push(value), error: () => undefined });
    await holder.waitForLine(/^told event 1$/, SOON);
    await holder.waitForLine(/^asked request 1$/, SOON);
    await waitFor(() => values.length === 2, { what: 'the first two values' });
    holder.kill('SIGKILL');
    await holder.exited;
    const taker = spawn('take');
    await taker.waitForLine(/^told event 2$/, SOON);
    await taker.waitForLine(/^asked request 2$/, SOON);
    expect(await asked).toBe(taker.pid);
    expect(await several).toEqual([1, 2, 3, 4]);
    await waitFor(() => values.length === 4, { what: 'the other values' });
    expect(values).toEqual([1, 2, 3, 4]);
    await waitFor(async () => (await pendingOf(redis)) === 0, { what: 'the acknowledgements' });
    expect(await taker.stop()).toMatchObject({ signal: 'SIGTERM' });
    expect(await redis.client.xinfo('CONSUMERS', streamKey('orders'), 'shipping')).not.toContainEqual(
      expect.arrayContaining([expect.stringContaining(`:${taker.pid}:`)]),
    );
  }, 120_000);
});

describe('a connection to Redis that is lost', () => {
  const seen: unknown[] = [];
  const { load, begun, open } = gate<void>();

  @Controller()
  class Orders {
    @EventPattern<string>('test')
    handle(@Payload() data: unknown) {
      seen.push(data);
    }

    @MessagePattern('echo')
    async echo(@Payload() data: unknown) {
      if (data === 'held') await load();
      return data;
    }
  }

  it('is back, and events, requests and replies come as before', async () => {
    const redis = await TestRedis.start();
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const env = { REDIS_URL: proxy.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const app = await startReplica({ env, controllers: [Orders], timeoutMs: 20_000 });
    const client = app.get(RedisStreamsClient);
    const status: string[] = [];
    client.status.subscribe((each) => status.push(each));
    expect(await lastValueFrom(client.send('echo', 1))).toBe(1);
    for (let round = 1; round <= 3; round += 1) {
      await proxy.drop();
      await expect(lastValueFrom(client.send('echo', 'away'))).rejects.toMatchObject({
        code: 'STATE_STORE_UNAVAILABLE',
      });
      await add(redis, 'orders', round);
      await proxy.restore();
      await waitFor(() => seen.includes(round), { what: 'what was published meanwhile' });
      const echo = () => lastValueFrom(client.send('echo', round));
      expect(await waitFor(echo, { what: 'a reply' })).toBe(round);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(status.slice(0, 3)).toEqual(['connected', 'disconnected', 'connected']);
    await app.stop();
    await proxy.close();
  });

  it('takes a reply with it while it looks alive, and none after the timeout', async () => {
    const redis = await TestRedis.start();
    const direct = { host: '127.0.0.1', port: redis.port };
    const stalling = await TcpProxy.start({ target: direct });
    const proxy = await TcpProxy.start({ target: { host: stalling.host, port: stalling.port } });
    const env = { REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const handler = await startReplica({ env: { ...env, REDIS_URL: redis.url }, controllers: [Orders] });
    const app = await startReplica({ env: { ...env, REDIS_URL: proxy.url }, timeoutMs: 3000 });
    const client = app.get(RedisStreamsClient);
    const held = lastValueFrom(client.send('echo', 'held'));
    await begun();
    // Nothing comes any more on the connections that there are, and nobody closes them.
    proxy.rewriteTarget(direct, { cut: false });
    stalling.stall('down');
    open();
    await expect(held).rejects.toMatchObject({ code: 'REPLY_TIMEOUT' });
    const echo = () => lastValueFrom(client.send('echo', 'again'));
    expect(await waitFor(echo, { what: 'a reply', ...SOON })).toBe('again');
    await Promise.all([app.stop(), handler.stop()]);
    await Promise.all([proxy.close(), stalling.close()]);
  });
});
