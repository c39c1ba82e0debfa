import path from 'node:path';
import { type NodeChild, spawnNode } from './child.js';
import type { LockerOrder, LockerReport } from './fixtures/locker.js';

const FIXTURE = path.join(__dirname, 'fixtures/locker.ts');
const CALM = { LOG_LEVEL: 'silent', REDIS_COMMAND_TIMEOUT_MS: '5000' };

/** A process that holds and waits for locks, to be frozen and killed. */
export class Locker {
  private constructor(readonly child: NodeChild) {}

  static async start(redisUrl: string, env: Record<string, string> = {}): Promise<Locker> {
    const child = spawnNode(FIXTURE, { env: { ...CALM, REDIS_URL: redisUrl, ...env } });
    await child.waitForLine(/^ready$/, { timeoutMs: 60_000 });
    return new Locker(child);
  }

  static startAll(count: number, redisUrl: string, env?: Record<string, string>): Promise<Locker[]> {
    return Promise.all(Array.from({ length: count }, () => Locker.start(redisUrl, env)));
  }

  order(order: LockerOrder): void {
    this.child.writeLine(JSON.stringify(order));
  }

  /** Waits until it has said so of the tag. */
  async said(say: LockerReport['say'], tag = ''): Promise<LockerReport> {
    const pattern = new RegExp(`^\\{"say":"${say}"${tag && `,"tag":"${tag}"`}.*$`);
    const [line] = await this.child.waitForLine(pattern, { timeoutMs: 60_000 });
    return JSON.parse(line) as LockerReport;
  }
}
