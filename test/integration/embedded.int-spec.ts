import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer, RedisProcess } from '../../src/redis/index.js';
import type { NodeChild } from '../support/child.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

let folder: string;

/** Boots that fail; they take their time while the first test runs. */
const boots: Record<'settings' | 'binary' | 'port', NodeChild> = {} as never;
const occupied = createServer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-embedded-'));
  await new Promise<void>((done) => occupied.listen(0, '127.0.0.1', done));
  const boot = (environment: Record<string, string>) =>
    TestServer.spawn({ DATA_DIR: join(folder, 'other'), ...environment });
  boots.port = boot({ PORT: String(portOf(occupied)) });
  boots.binary = boot({ REDIS_SERVER_BIN: '/no/such/server', DATA_DIR: join(folder, 'unused') });
  boots.settings = boot({
    PORT: '70000',
    REDIS_URL: 'http://user:s3cret@redis',
    LOG_LEVEL: 'loud',
    SESSION_IDLE_TTL_MS: '2000',
    SESSION_ABSOLUTE_TTL_MS: '1000',
  });
});

afterAll(() => {
  occupied.close();
  rmSync(folder, { recursive: true, force: true });
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** The port of the server that the app has started for itself. */
const embeddedPort = async (child: NodeChild): Promise<number> =>
  Number((await child.waitForLine(/embedded \S+ on port (\d+), files in /))[1]);

function canConnect(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
    socket.on('close', () => socket.destroy()).on('connect', () => socket.destroy());
  });
}

const isGone = (port: number) =>
  waitFor(async () => !(await canConnect(port)), { what: 'the embedded server to end', timeoutMs: 10_000 });

describe('an app without REDIS_URL', () => {
  // A busy machine must not look like a Redis that is away.
  const start = () => TestServer.start({ DATA_DIR: folder, REDIS_COMMAND_TIMEOUT_MS: '5000' });
  const login = async (server: TestServer): Promise<string> =>
    (await server.request('POST', '/v1/sessions', { body: { userId: 'ada' } })).body.token;
  const isKnown = async (server: TestServer, token: string) =>
    (await server.request('GET', '/v1/sessions/current', { headers: { 'session-token': token } })).status ===
    200;

  it('runs a server of its own, alone in its folder, whose data outlive every end of the app', async () => {
    const first = await start();
    const firstRedis = await embeddedPort(first.child);
    const token = await login(first);

    const intruder = TestServer.spawn({ DATA_DIR: folder });
    expect(await intruder.exited).toEqual({ code: 1, signal: null });
    expect(intruder.stderr).toBe(
      `The data folder ${folder} is in use by process ${first.child.pid}. Stop that process, or set DATA_DIR to another folder.\n`,
    );
    expect(await isKnown(first, token)).toBe(true);

    expect(await first.child.stop()).toEqual({ code: 0, signal: null });
    await isGone(firstRedis);
    const second = await start();
    expect(await isKnown(second, token)).toBe(true);

    const secondRedis = await embeddedPort(second.child);
    const late = await login(second);
    second.child.kill('SIGKILL');
    await second.child.exited;
    await isGone(secondRedis);
    const third = await start();
    expect([await isKnown(third, token), await isKnown(third, late)]).toEqual([true, true]);

    const thirdRedis = await embeddedPort(third.child);
    await third.child.stop();
    await isGone(thirdRedis);
  });
});

describe('a boot that cannot succeed', () => {
  async function failure(child: NodeChild): Promise<string> {
    expect(await child.exited).toEqual({ code: 1, signal: null });
    return child.stderr;
  }

  it('names every wrong setting in a line, without its password', async () => {
    const message = await failure(boots.settings);
    const [title, ...faults] = message.trimEnd().split('\n');
    expect(title).toBe('Invalid settings:');
    expect(faults).toEqual([
      '  PORT=70000: must not be greater than 65535',
      expect.stringMatching(/^ {2}REDIS_URL="http:\/\/\*\*\*@redis": must be redis:\/\//),
      expect.stringMatching(/^ {2}LOG_LEVEL="loud": must be one of/),
      '  SESSION_IDLE_TTL_MS: must not be greater than SESSION_ABSOLUTE_TTL_MS',
    ]);
    expect(message).not.toContain('s3cret');
  });

  it('says what to do where there is no server to run', async () => {
    expect(await failure(boots.binary)).toBe(
      'REDIS_SERVER_BIN is /no/such/server, which cannot be run. Install redis-server or valkey-server, set REDIS_SERVER_BIN to one, or set REDIS_URL.\n',
    );
  });

  it('leaves no server behind when the port is taken', async () => {
    const redisPort = await embeddedPort(boots.port);
    expect(await failure(boots.port)).toMatch(new RegExp(`^listen EADDRINUSE: .*:${portOf(occupied)}\n$`));
    await isGone(redisPort);
  });
});

describe('a server process', () => {
  const binary = findRedisServer(process.env.REDIS_SERVER_BIN);

  it('that ends at once fails the start with its last words', async () => {
    const start = RedisProcess.start({ binary, folder, args: ['--no-such-option', 'yes'] });
    await expect(start).rejects.toThrow(/stopped at once:[^]*no-such-option/);
  });

  it('that cannot be run fails the start', async () => {
    await expect(RedisProcess.start({ binary: '/no/such/server', folder })).rejects.toThrow(
      /stopped at once/,
    );
  });

  it('is killed when it does not end by itself', async () => {
    const server = await RedisProcess.start({ binary, folder });
    server.signal('SIGSTOP');
    await server.stop({ force: true });
    expect(await canConnect(server.port)).toBe(false);
    await expect(server.stop()).resolves.toBeUndefined();
  });
});
