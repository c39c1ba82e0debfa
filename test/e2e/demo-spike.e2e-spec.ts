import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const DEMO = join(__dirname, '../../tools/demo-spike.mjs');
const READS = 300;

interface Facts {
  session: { alive: number[]; dead: number[] };
  limit: { limit: number; passed: number; refused: number };
  stale: { rounds: number; reads: number; staleReads: number };
  cached: { failed: number; queries: number };
  uncached: { failed: number; queries: number };
}

/** The facts of `npm run demo:spike`, on three real processes; its times are for people. */
describe('three replicas behind a balancer', () => {
  let facts: Facts;

  beforeAll(async () => {
    const args = [DEMO, '--json', '--requests', String(READS)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, CI: 'true' },
    });
    facts = JSON.parse(stdout) as Facts;
  }, 240_000);

  it('share a session, and its end', () => {
    expect(facts.session).toEqual({ alive: [200, 200, 200], dead: [401, 401, 401] });
  });

  it('let exactly the limit of one client pass', () => {
    expect(facts.limit).toMatchObject({ limit: 100, passed: 100, refused: 900 });
  });

  it('serve no old product to a read that was sent after the answer to a write', () => {
    expect(facts.stale.rounds).toBe(50);
    expect(facts.stale.reads).toBeGreaterThan(facts.stale.rounds);
    expect(facts.stale.staleReads).toBe(0);
  });

  it('ask the database once a product and replica at most with the cache, and once a read without it', () => {
    expect([facts.cached.failed, facts.uncached.failed]).toEqual([0, 0]);
    expect(facts.cached.queries).toBeLessThanOrEqual(20 * 3);
    expect(facts.uncached.queries).toBeGreaterThanOrEqual(READS);
  });
});
