import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer, RedisProcess } from '../../src/redis/index.js';
import type { NodeChild } from '../support/child.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

jest.setTimeout(60_000);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-embedded-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The process id of the server that the app has started for itself. */
async function embeddedPid(child: NodeChild): Promise<number> {
  const [, port] = await child.waitForLine(/embedded \S+ on port (\d+), files in /);
  const client = new Redis(Number(port), '127.0.0.1');
  const [, pid] = /process_id:(\d+)/.exec(await client.info('server')) ?? [];
  client.disconnect();
  return Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const isGone = (pid: number) =>
  waitFor(() => !isAlive(pid), { what: 'the embedded server to end', timeoutMs: 10_000 });

describe('an app without REDIS_URL', () => {
  const start = () => TestServer.start({ DATA_DIR: folder });
  const login = async (server: TestServer): Promise<string> =>
    (await server.request('POST', '/v1/sessions', { body: { userId: 'ada' } })).body.token;
  const isKnown = async (server: TestServer, token: string) =>
    (await server.request('GET', '/v1/sessions/current', { headers: { 'session-token': token } })).status ===
    200;

  it('runs a server of its own, alone in its folder, whose data outlive every end of the app', async () => {
    const first = await start();
    const firstRedis = await embeddedPid(first.child);
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

    const secondRedis = await embeddedPid(second.child);
    const late = await login(second);
    second.child.kill('SIGKILL');
    await second.child.exited;
    await isGone(secondRedis);
    const third = await start();
    expect([await isKnown(third, token), await isKnown(third, late)]).toEqual([true, true]);

    const thirdRedis = await embeddedPid(third.child);
    await third.child.stop();
    await isGone(thirdRedis);
  });
});

describe('a boot that cannot succeed', () => {
  async function failure(environment: Record<string, string>): Promise<string> {
    const child = TestServer.spawn({ DATA_DIR: join(folder, 'unused'), ...environment });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    return child.stderr;
  }

  it('names every wrong setting in a line, without its password', async () => {
    const message = await failure({
      PORT: '70000',
      REDIS_URL: 'http://user:s3cret@redis',
      LOG_LEVEL: 'loud',
      SESSION_IDLE_TTL_MS: '2000',
      SESSION_ABSOLUTE_TTL_MS: '1000',
    });
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
    expect(await failure({ REDIS_SERVER_BIN: '/no/such/server' })).toBe(
      'REDIS_SERVER_BIN is /no/such/server, which cannot be run. Install redis-server or valkey-server, set REDIS_SERVER_BIN to one, or set REDIS_URL.\n',
    );
  });

  it('leaves no server behind when the port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((done) =>
      other.listen(0, '127.0.0.1', () => done((other.address() as { port: number }).port)),
    );
    const child = TestServer.spawn({ DATA_DIR: join(folder, 'taken'), PORT: String(port) });
    const pid = await embeddedPid(child);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.stderr).toMatch(new RegExp(`^listen EADDRINUSE: .*:${port}\n$`));
    await isGone(pid);
    other.close();
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
    expect(isAlive(server.pid)).toBe(false);
    await expect(server.stop()).resolves.toBeUndefined();
  });
});
