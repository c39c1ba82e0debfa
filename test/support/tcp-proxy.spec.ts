import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

const HOST = '127.0.0.1';
/** What a slow machine may add. */
const SLACK_MS = 2000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function withCleanup(run: (cleanup: (action: () => unknown) => void) => Promise<void>): Promise<void> {
  const actions: Array<() => unknown> = [];
  try {
    await run((action) => actions.push(action));
  } finally {
    for (const action of actions.reverse()) await action();
  }
}

class EchoServer {
  received = '';
  readonly sockets = new Set<net.Socket>();
  private readonly server = net.createServer({ noDelay: true }, (socket) => {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (data) => {
      this.received += data.toString();
      socket.write(this.prefix + data.toString());
    });
  });

  constructor(private readonly prefix = '') {}

  async start(): Promise<net.AddressInfo & { host: string }> {
    this.server.listen(0, HOST);
    await once(this.server, 'listening');
    return { ...(this.server.address() as net.AddressInfo), host: HOST };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** A client that remembers all that befalls it. */
class Client {
  received = '';
  ended = false;
  error: string | undefined;
  readonly socket: net.Socket;

  constructor(port: number) {
    this.socket = net.connect({ host: HOST, port, noDelay: true });
    this.socket.on('data', (data) => (this.received += data.toString()));
    this.socket.on('end', () => (this.ended = true));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  async ask(text: string): Promise<string> {
    const before = this.received.length;
    this.socket.write(text);
    await waitFor(() => this.received.length >= before + text.length, { what: `the echo of ${text}` });
    return this.received.slice(before);
  }

  failed(): Promise<string> {
    return waitFor(() => this.error, { what: 'the connection to fail' });
  }
}

describe('TcpProxy in front of an echo server', () => {
  let echo: EchoServer;
  let proxy: TcpProxy;
  const clients: Client[] = [];

  const connect = (): Client => {
    const client = new Client(proxy.port);
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    echo = new EchoServer();
    proxy = await TcpProxy.start({ target: await echo.start() });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await proxy.close();
    await proxy.close();
    await echo.close();
  });

  it('carries bytes, and counts them, round trips and connections', async () => {
    expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
    expect(proxy.urlFor('http', '/x')).toBe(`http://127.0.0.1:${proxy.port}/x`);
    const [a, b] = [connect(), connect()];
    await expect(a.ask('12345')).resolves.toBe('12345');
    await expect(a.ask('678')).resolves.toBe('678');
    await expect(b.ask('9')).resolves.toBe('9');
    expect(proxy).toMatchObject({ roundTrips: 3, bytesUp: 9, bytesDown: 9 });
    expect(proxy.connections).toEqual({ live: 2, total: 2 });

    proxy.resetCounters();
    expect(proxy).toMatchObject({ roundTrips: 0, bytesUp: 0, bytesDown: 0 });
    expect(proxy.connections).toEqual({ live: 2, total: 0 });
    a.socket.end();
    await waitFor(() => proxy.connections.live === 1, { what: 'the proxy to see the client leave' });
    expect(a.ended).toBe(true);
  });

  it('counts what is sent without waiting for an answer as one round trip', async () => {
    proxy.delay({ down: 40 });
    const client = connect();
    for (let i = 0; i < 4; i++) {
      client.socket.write('x');
      await sleep(3);
    }
    expect(echo.received.length).toBeGreaterThan(1);
    await waitFor(() => client.received === 'xxxx', { what: 'four echoes' });
    expect(proxy.roundTrips).toBe(1);
    await client.ask('y');
    expect(proxy.roundTrips).toBe(2);
  });

  it('passes on the end and the reset of either side', async () => {
    const [a, b, c] = [connect(), connect(), connect()];
    await a.ask('a');
    const [serverA] = echo.sockets;
    await b.ask('b');
    const [, serverB] = echo.sockets;
    await c.ask('c');
    serverA.end();
    await waitFor(() => a.ended, { what: 'the server end to arrive' });
    serverB.resetAndDestroy();
    await expect(b.failed()).resolves.toBe('ECONNRESET');
    c.socket.resetAndDestroy();
    await waitFor(() => echo.sockets.size === 0, { what: 'the client reset to arrive' });
    await waitFor(() => proxy.connections.live === 0, { what: 'the proxy to forget them' });
  });

  it('resets a client whose server is not there', async () => {
    const gone = new EchoServer();
    const target = await gone.start();
    await gone.close();
    proxy.rewriteTarget(target);
    await expect(connect().failed()).resolves.toBe('ECONNRESET');
  });

  it.each([0.25, 1, 5, 30])('delays %d ms a direction, closely', async (ms) => {
    const client = connect();
    const measure = async (): Promise<number> => {
      const startedAt = performance.now();
      client.socket.write('x');
      await once(client.socket, 'data');
      return performance.now() - startedAt;
    };
    // The best of several: what the proxy adds, not what a busy machine does.
    const best = async (): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < 15; i++) times.push(await measure());
      return Math.min(...times);
    };
    const plain = await best();
    proxy.delay(ms);
    const delayed = await best();
    expect(delayed).toBeGreaterThanOrEqual(2 * ms);
    expect(delayed).toBeLessThan(2 * ms + plain + SLACK_MS);
    proxy.delay({ up: 0 });
    const oneWay = await best();
    expect(oneWay).toBeGreaterThanOrEqual(ms);
    expect(oneWay).toBeLessThan(ms + plain + SLACK_MS);
  });

  it('keeps the order when the delay shrinks', async () => {
    const client = connect();
    await client.ask('-');
    proxy.delay({ up: 30 });
    client.socket.write('a');
    await sleep(5);
    proxy.delay(0);
    client.socket.write('b');
    await waitFor(() => client.received === '-ab', { what: 'both, in order' });
  });

  it('cuts all with a reset, on both sides, and goes on', async () => {
    const [a, b] = [connect(), connect()];
    await Promise.all([a.ask('a'), b.ask('b')]);
    proxy.cutAll();
    expect(proxy.connections.live).toBe(0);
    await expect(Promise.all([a.failed(), b.failed()])).resolves.toEqual(['ECONNRESET', 'ECONNRESET']);
    await waitFor(() => echo.sockets.size === 0, { what: 'the server to lose both' });
    await expect(connect().ask('again')).resolves.toBe('again');
  });

  it('drops: cuts, refuses, and accepts again on the same port', async () => {
    const before = connect();
    await before.ask('x');
    proxy.drop();
    await expect(before.failed()).resolves.toBe('ECONNRESET');
    await expect(connect().failed()).resolves.toBe('ECONNREFUSED');
    await proxy.restore();
    await proxy.restore();
    await expect(connect().ask('back')).resolves.toBe('back');
  });

  it('stalls: accepts and forwards nothing, not even an end, until resumed', async () => {
    const [live, leaving] = [connect(), connect()];
    await Promise.all([live.ask('1'), leaving.ask('2')]);
    proxy.stall();
    live.socket.write('held');
    leaving.socket.end('last words');
    const fresh = connect();
    await once(fresh.socket, 'connect');
    fresh.socket.write('new');
    await sleep(60);
    expect(echo.received).toHaveLength(2);
    expect([live, leaving, fresh].map((c) => c.error ?? c.ended)).toEqual([false, false, false]);
    expect(proxy.bytesUp).toBe(2);

    proxy.resume();
    await waitFor(() => live.received === '1held' && fresh.received === 'new', { what: 'what was held' });
    await waitFor(() => leaving.ended, { what: 'the end that was held' });
    expect(leaving.received).toBe('2last words');
  });

  it('stalls one direction: the server hears, the client does not', async () => {
    const client = connect();
    await client.ask('-');
    proxy.stall('down');
    client.socket.write('heard');
    await waitFor(() => echo.received === '-heard', { what: 'the server to hear' });
    await sleep(20);
    expect(client.received).toBe('-');
  });

  it('stops reading from a sender whose bytes it cannot pass on', async () => {
    const client = connect();
    await client.ask('-');
    proxy.stall('up');
    const chunk = Buffer.alloc(256 * 1024);
    for (let sent = 0; sent < 64; sent++) client.socket.write(chunk);
    await sleep(50);
    expect(client.socket.writableLength).toBeGreaterThan(1024 * 1024);
    proxy.resume();
    await waitFor(() => echo.received.length === 1 + 64 * chunk.length, {
      what: '16 MiB',
      timeoutMs: 10_000,
    });
  });

  it('trickles', async () => {
    const client = connect();
    await client.ask('-');
    proxy.trickle({ down: 1000 });
    const pieces: number[] = [];
    client.socket.on('data', (data: Buffer) => pieces.push(data.length));
    const startedAt = performance.now();
    await client.ask('x'.repeat(200));
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(150);
    expect(tookMs).toBeLessThan(200 + SLACK_MS);
    expect(pieces.length).toBeGreaterThan(5);
    proxy.trickle(Infinity);
    await client.ask('y'.repeat(1000));
    expect(() => proxy.trickle(0)).toThrow(RangeError);
  });

  it('loses the next reply: the server was asked, the client is reset', async () => {
    const [asking, idle] = [connect(), connect()];
    await Promise.all([asking.ask('a'), idle.ask('b')]);
    const lost = proxy.loseNextReply();
    asking.socket.write('effect');
    await expect(asking.failed()).resolves.toBe('ECONNRESET');
    expect(asking.received).toBe('a');
    expect(echo.received).toContain('effect');
    const { request, reply } = (await lost)!;
    expect([request.toString(), reply.toString()]).toEqual(['effect', 'effect']);
    await expect(idle.ask('unharmed')).resolves.toBe('unharmed');
    await waitFor(() => proxy.connections.live === 1, { what: 'the server side to end' });
  });

  it('delivers earlier replies that are still on their way', async () => {
    const client = connect();
    await client.ask('-');
    proxy.delay({ down: 30 });
    client.socket.write('first');
    await waitFor(() => echo.received === '-first', { what: 'the first request' });
    // The echo has answered; the proxy reads that when the event loop next looks at its sockets.
    await setImmediate();
    await setImmediate();
    const losing = proxy.loseNextReply();
    client.socket.write('second');
    const lost = await losing;
    expect([lost!.request.toString(), lost!.reply.toString()]).toEqual(['second', 'second']);
    // Where the first reply and the reset come to the client in one look at its socket, Node takes the reset for an end.
    await waitFor(() => client.error ?? client.ended, { what: 'the connection to be lost' });
    expect(client.received).toBe('-first');
    expect(echo.received).toBe('-firstsecond');
  });

  it('cuts after the n-th request; each call takes one of its own', async () => {
    const client = connect();
    const third = proxy.cutAfterRequest(3);
    await client.ask('1');
    await client.ask('2');
    client.socket.write('3');
    await client.failed();
    expect((await third)!.request.toString()).toBe('3');

    const both = Promise.all([proxy.loseNextReply(), proxy.loseNextReply()]);
    for (const text of ['4', '5']) {
      const next = connect();
      next.socket.write(text);
      await next.failed();
    }
    expect((await both).map((lost) => lost!.request.toString())).toEqual(['4', '5']);
    await expect(connect().ask('6')).resolves.toBe('6');
    expect(() => proxy.cutAfterRequest(0)).toThrow(RangeError);
  });

  it('picks the request by its text, even one that arrives in pieces', async () => {
    const client = connect();
    const byText = proxy.loseNextReply({ containing: 'SECRET:ü' });
    await client.ask('SET a');
    const bytes = Buffer.from('SET SECRET:ü');
    proxy.stall('down');
    client.socket.write(bytes.subarray(0, 7));
    await waitFor(() => echo.received.endsWith('SET SEC'), { what: 'the first piece' });
    client.socket.write(bytes.subarray(7));
    await waitFor(() => echo.received.endsWith('SECRET:ü'), { what: 'the second piece' });
    proxy.resume();
    await client.failed();
    expect((await byText)!.request.toString()).toBe('RET:ü');

    const byPattern = proxy.cutAfterRequest(2, { containing: /^DEL \d/g });
    const other = connect();
    await other.ask('DEL 1');
    await other.ask('GET 1');
    other.socket.write('DEL 2');
    await other.failed();
    expect((await byPattern)!.request.toString()).toBe('DEL 2');
  });

  it('settles what it never got to lose', async () => {
    const unused = proxy.loseNextReply({ containing: 'never sent' });
    await proxy.heal();
    await expect(unused).resolves.toBeUndefined();
    const open = proxy.loseNextReply();
    await proxy.close();
    await expect(open).resolves.toBeUndefined();
  });

  it('fails over to another target', async () => {
    const other = new EchoServer('2:');
    await withCleanup(async (cleanup) => {
      const target = await other.start();
      cleanup(() => other.close());
      const [client, staying] = [connect(), connect()];
      await client.ask('x');
      await staying.ask('x');
      proxy.rewriteTarget(target, { cut: false });
      await expect(staying.ask('y')).resolves.toBe('y');
      await expect(connect().ask('z')).resolves.toBe('2:z');
      proxy.rewriteTarget(target);
      await expect(client.failed()).resolves.toBe('ECONNRESET');
    });
  });

  it('heals everything at once', async () => {
    proxy.delay(5000);
    proxy.trickle(1);
    proxy.stall();
    proxy.drop();
    void proxy.loseNextReply();
    await proxy.heal();
    const startedAt = performance.now();
    await expect(connect().ask('well')).resolves.toBe('well');
    expect(performance.now() - startedAt).toBeLessThan(SLACK_MS);
  });

  it('survives clients and servers that vanish in the middle of every fault', async () => {
    for (const fault of [
      () => proxy.delay(5),
      () => proxy.trickle(500),
      () => proxy.stall(),
      () => proxy.stall('down'),
      () => void proxy.loseNextReply(),
      () => proxy.cutAll(),
      () => proxy.drop(),
    ]) {
      const group = Array.from({ length: 6 }, connect);
      await Promise.all(group.map((client) => client.ask('x')));
      fault();
      for (const client of group) client.socket.write('y'.repeat(5000));
      await sleep(2);
      group[0].socket.destroy();
      group[1].socket.resetAndDestroy();
      group[2].socket.end();
      const [first, second] = echo.sockets;
      first?.destroy();
      second?.resetAndDestroy();
      await sleep(10);
      await proxy.heal();
      for (const client of group) client.socket.destroy();
      await waitFor(() => proxy.connections.live === 0, { what: 'every connection to end' });
    }
    await expect(connect().ask('alive')).resolves.toBe('alive');
  });

  it('runs in real time under fake timers', async () => {
    const client = connect();
    await client.ask('-');
    proxy.delay(5);
    jest.useFakeTimers();
    try {
      await expect(client.ask('x')).resolves.toBe('x');
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('TcpProxy in front of Redis', () => {
  let server: ChildProcess;
  let dir: string;
  let port: number;
  let proxy: TcpProxy;
  let direct: Redis;
  const clients: Redis[] = [];

  const connect = async (options: RedisOptions = {}): Promise<Redis> => {
    const client = new Redis(proxy.url, { lazyConnect: true, maxRetriesPerRequest: 0, ...options });
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
    return client;
  };

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'tcp-proxy-spec-'));
    const probe = net.createServer().listen(0, HOST);
    await once(probe, 'listening');
    port = (probe.address() as net.AddressInfo).port;
    probe.close();
    await once(probe, 'close');
    const args = ['--port', `${port}`, '--bind', HOST, '--save', '', '--dir', dir];
    server = spawn('redis-server', args, { stdio: 'ignore' });
    direct = new Redis(port, HOST, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    direct.on('error', () => {});
    await waitFor(() => direct.ping(), { what: 'redis-server', timeoutMs: 10_000 });
  });

  afterAll(async () => {
    direct.disconnect();
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    rmSync(dir, { recursive: true });
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start({ target: { host: HOST, port } });
    await direct.flushall();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) if (client.status !== 'end') client.disconnect();
    await proxy.close();
  });

  it('counts the round trips of commands, pipelines and scripts', async () => {
    const client = await connect();
    proxy.resetCounters();
    await client.set('a', 1);
    await client.get('a');
    expect(proxy.roundTrips).toBe(2);

    proxy.resetCounters();
    await client.pipeline().incr('a').incr('a').incr('a').exec();
    expect(proxy.roundTrips).toBe(1);

    proxy.resetCounters();
    await Promise.all([client.get('a'), client.get('b'), client.get('c')]);
    expect(proxy.roundTrips).toBe(1);

    proxy.resetCounters();
    await client.multi().set('x', 1).get('x').exec();
    expect(proxy.roundTrips).toBe(1);
  });

  it('loses the reply of a write that took effect', async () => {
    const client = await connect({ retryStrategy: null });
    const lost = proxy.loseNextReply({ containing: 'incr' });
    await expect(client.incr('counter')).rejects.toThrow();
    expect((await lost)!.reply.toString()).toBe(':1\r\n');
    await expect(direct.get('counter')).resolves.toBe('1');
  });

  it('has every command of the burst carried out, though the cut comes with the first reply', async () => {
    const client = await connect({ retryStrategy: null });
    void proxy.loseNextReply({ containing: 'rpush' });
    const calls = Array.from({ length: 200 }, (_, i) => client.rpush('list', i));
    const results = await Promise.allSettled(calls);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await waitFor(async () => (await direct.llen('list')) === 200, { what: 'all 200 pushes' });
  });

  it('shows a client a Redis that hangs, dies and comes back', async () => {
    const client = await connect({
      commandTimeout: 60,
      enableOfflineQueue: false,
      retryStrategy: () => 10,
    });
    proxy.stall();
    await expect(client.ping()).rejects.toThrow('timed out');
    proxy.resume();
    await waitFor(() => client.ping(), { what: 'the pause to end' });
    proxy.drop();
    await expect(client.ping()).rejects.toThrow();
    await sleep(30);
    expect(client.status).not.toBe('ready');
    await proxy.restore();
    await waitFor(() => client.status === 'ready', { what: 'the client to be back' });
    await expect(client.ping()).resolves.toBe('PONG');
  });

  it('cuts replies into pieces that a parser must put together', async () => {
    const client = await connect();
    await direct.set('big', 'é'.repeat(100));
    proxy.trickle(2000);
    await expect(client.get('big')).resolves.toBe('é'.repeat(100));
  });
});
