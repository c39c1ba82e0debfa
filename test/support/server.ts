import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeChild, spawnNode } from './child.js';
import { send, type TestAnswer, type TestRequest } from './http.js';

const SCRIPT = path.join(__dirname, 'fixtures', 'server.ts');

/** Settings of whoever runs the tests must not reach the server. */
const UNSET = Object.fromEntries(
  ['REDIS_URL', 'CACHE_REDIS_URL', 'DATABASE_URL', 'DATA_DIR', 'HOST', 'LOG_LEVEL'].map((name) => [
    name,
    undefined,
  ]),
);

/** A replica as a process of its own: main.ts with the probe routes. What it leaves unhandled ends it. */
export class TestServer {
  private constructor(
    readonly child: NodeChild,
    readonly url: string,
  ) {}

  /**
   * Starts the process; it may still be booting, or fail to.
   *
   * @param cwd a folder without an `.env` file.
   */
  static spawn(environment: Record<string, string>, cwd = tmpdir()): NodeChild {
    return spawnNode(SCRIPT, { env: { ...UNSET, PORT: '0', ...environment }, cwd });
  }

  /** Starts the process and waits until it listens. */
  static async start(environment: Record<string, string>): Promise<TestServer> {
    const child = TestServer.spawn(environment);
    const [, url] = await child.waitForLine(/listens on (\S+)/, { timeoutMs: 30_000 });
    return new TestServer(child, url);
  }

  /** A request over HTTP; an object as body is sent as JSON. */
  request(method: string, path: string, options?: TestRequest): Promise<TestAnswer> {
    return send(`${this.url}${path}`, method, options);
  }
}
