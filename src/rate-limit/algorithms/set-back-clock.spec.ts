import { Random } from '../../../test/support/random.js';
import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { mostInAnyWindow } from '../../../test/support/rate-limit-oracles.js';
import { type Algorithm, ALGORITHMS, type Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

const WINDOW_MS = 60_000;
const HOUR_MS = 3_600_000;
const LIMIT = 10;

interface Promised {
  /** Hits in any window of true time. */
  readonly most: number;
  readonly longestRefusalMs: number;
}

const PROMISED: Readonly<Record<Algorithm, Promised>> = {
  'fixed-window': { most: 2 * LIMIT, longestRefusalMs: WINDOW_MS },
  'sliding-window-log': { most: LIMIT, longestRefusalMs: WINDOW_MS },
  // A step back that stays within a tenth of the window goes unnoticed.
  'sliding-window-counter': { most: LIMIT, longestRefusalMs: WINDOW_MS * 1.1 },
  'token-bucket': { most: 2 * LIMIT, longestRefusalMs: WINDOW_MS / LIMIT },
  'leaky-bucket': { most: 2 * LIMIT, longestRefusalMs: WINDOW_MS / LIMIT },
};

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

/** A client at a server whose clock is set back now and then, while true time goes on. */
class Client {
  trueMs = 0;
  readonly hits: number[] = [];
  /** For how long hits of cost 1 have been refused since the clock was set back, by true time. */
  longestRefusalMs = 0;
  private refusedSince: number | undefined;
  private readonly random: Random;

  constructor(
    readonly seed: number,
    private readonly policy: Policy,
    private offsetMs: number,
  ) {
    this.random = new Random(seed);
  }

  call() {
    const { random } = this;
    this.trueMs += random.chance(0.5) ? random.integer(0, 100) : random.integer(0, (2 * WINDOW_MS) / LIMIT);
    if (random.chance(0.03)) {
      this.offsetMs -= random.pick([1, random.integer(1, 10_000), random.integer(1, HOUR_MS), HOUR_MS]);
      this.refusedSince = undefined;
    }
    const checks = [{ policy: this.policy, key: String(this.seed) }];
    return {
      atMicros: (this.offsetMs + this.trueMs) * 1000,
      requests: [{ operation: 'charge' as const, checks }],
    };
  }

  hear(answer: number | undefined): void {
    if (answer === 1) this.hits.push(this.trueMs);
    this.refusedSince = answer === 1 ? undefined : (this.refusedSince ?? this.trueMs);
    this.longestRefusalMs = Math.max(this.longestRefusalMs, this.trueMs - (this.refusedSince ?? this.trueMs));
  }
}

describe.each(ALGORITHMS)('a %s on a server whose clock is set back', (algorithm) => {
  const policy: Policy = { name: algorithm, algorithm, limit: LIMIT, windowMs: WINDOW_MS };
  const blocking: Policy = { ...policy, name: `${algorithm}-block`, blockDurationMs: WINDOW_MS };

  it.each([policy, blocking])('by an hour refuses nobody for longer than a window ($name)', async (each) => {
    await clock.charge(each, LIMIT);
    await clock.charge(each);
    clock.advance(-HOUR_MS);
    const first = await clock.charge(each);
    expect(first).toMatchObject({ answer: 0 });
    expect(first.retryAfterMs).toBeLessThanOrEqual(WINDOW_MS);
    clock.advance(first.retryAfterMs - 1);
    expect(await clock.charge(each)).toMatchObject({ answer: 0 });
    clock.advance(1);
    expect(await clock.charge(each)).toMatchObject({ answer: 1 });
  });

  it('by an hour admits no more than the limit in the window after it', async () => {
    const own = { ...policy, name: `${algorithm}-flood` };
    await clock.charge(own, LIMIT);
    clock.advance(-HOUR_MS);
    let allowed = 0;
    for (let passedMs = 0; passedMs < WINDOW_MS; passedMs += 100) {
      if ((await clock.charge(own)).answer === 1) allowed += 1;
      clock.advance(100);
    }
    expect(allowed).toBeLessThanOrEqual(LIMIT);
  });

  it('by an hour forgets nothing of what it has counted', async () => {
    const own = { ...policy, name: `${algorithm}-half` };
    await clock.charge(own, 4);
    clock.advance(-HOUR_MS);
    expect((await clock.peek(own)).remaining).toBeLessThanOrEqual(LIMIT - 4);
    expect(await clock.charge(own, LIMIT - 3)).toMatchObject({ answer: 0 });
  });

  it('again and again keeps its promises by true time', async () => {
    const own = { ...policy, name: `${algorithm}-again` };
    const clients = Array.from({ length: 60 }, (_, seed) => new Client(seed, own, clock.nowMs + seed * 997));
    for (let round = 0; round < 300; round += 1) {
      const said = await clock.run(clients.map((client) => client.call()));
      said.forEach(([{ answer }], place) => clients[place].hear(answer));
    }
    const faults = clients.flatMap(({ seed, hits, longestRefusalMs }) => {
      const most = mostInAnyWindow(hits, WINDOW_MS);
      const isKept =
        most <= PROMISED[algorithm].most && longestRefusalMs <= PROMISED[algorithm].longestRefusalMs;
      return isKept ? [] : [{ seed, most, longestRefusalMs }];
    });
    expect(faults).toEqual([]);
    expect(Math.min(...clients.map(({ hits }) => hits.length))).toBeGreaterThan(50);
  });
});
