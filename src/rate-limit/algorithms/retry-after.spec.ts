import { Random } from '../../../test/support/random.js';
import { type Call, RateLimitClock, type Said } from '../../../test/support/rate-limit-clock.js';
import type { Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

const POLICIES: readonly Policy[] = [
  { name: 'fixed', algorithm: 'fixed-window', limit: 7, windowMs: 60_000 },
  { name: 'log', algorithm: 'sliding-window-log', limit: 7, windowMs: 60_000 },
  { name: 'counter', algorithm: 'sliding-window-counter', limit: 7, windowMs: 60_000 },
  { name: 'counter-odd', algorithm: 'sliding-window-counter', limit: 20, windowMs: 12_345 },
  { name: 'token', algorithm: 'token-bucket', limit: 7, windowMs: 60_000 },
  { name: 'token-burst', algorithm: 'token-bucket', limit: 3, windowMs: 1000, burst: 10 },
  { name: 'leaky', algorithm: 'leaky-bucket', limit: 1000, windowMs: 1000, burst: 50 },
  { name: 'leaky-slow', algorithm: 'leaky-bucket', limit: 1, windowMs: 86_400_000 },
  { name: 'block', algorithm: 'token-bucket', limit: 3, windowMs: 2000, blockDurationMs: 5432 },
];

const CALLERS = 100;
const ROUNDS = 25;

/** Someone with a key of their own, who comes at random, twice as often as the policy likes. */
class Caller {
  atMicros: number;
  private cost = 1;
  private chargedMs = 0;
  private readonly random: Random;

  constructor(
    readonly seed: number,
    private readonly policy: Policy,
    startMicros: number,
  ) {
    this.random = new Random(seed);
    this.atMicros = startMicros + this.random.integer(0, 1_000_000);
  }

  charge(): Call {
    const { limit, windowMs, burst = limit } = this.policy;
    this.cost = this.random.chance(0.7) ? 1 : this.random.integer(1, burst);
    if (this.random.chance(0.7)) this.atMicros += this.random.integer(0, (windowMs * 2000) / limit);
    return this.ask('charge', 0);
  }

  hear({ answer }: Said): void {
    if (answer === 1) this.chargedMs = Math.floor(this.atMicros / 1000);
  }

  /** The same request so much later, without a charge. */
  again(afterMs: number): Call {
    return this.ask('peek', afterMs);
  }

  /** A counter forgets a window after its last hit, and does not know when that was. */
  isForgotten(afterMs: number): boolean {
    const { algorithm, windowMs } = this.policy;
    const ms = Math.floor(this.atMicros / 1000) + afterMs;
    return algorithm === 'sliding-window-counter' && ms >= this.chargedMs + windowMs;
  }

  private ask(operation: 'charge' | 'peek', afterMs: number): Call {
    const checks = [{ policy: this.policy, key: String(this.seed), cost: this.cost }];
    return { atMicros: this.atMicros + afterMs * 1000, requests: [{ operation, checks }] };
  }
}

interface Heard {
  readonly caller: Caller;
  readonly said: Said;
}

describe.each(POLICIES)('the times that $algorithm tells (policy $name)', (policy) => {
  const { limit, burst = limit } = policy;
  const callers: Caller[] = [];

  /** What each caller is told at a time after what it was told in this round. */
  const later = (of: readonly Heard[], wait: (said: Said) => number) =>
    clock.run(of.map(({ caller, said }) => caller.again(wait(said))));

  /** Charges everyone's request, and lets the test look around before the next one. */
  async function eachRound(visit: (round: readonly Heard[]) => Promise<void>): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const replies = await clock.run(callers.map((caller) => caller.charge()));
      const said = callers.map((caller, place) => ({ caller, said: replies[place][0] }));
      said.forEach(({ caller, said: each }) => caller.hear(each));
      await visit(said);
    }
  }

  beforeEach(async () => {
    callers.length = 0;
    await clock.flush();
    for (let seed = 0; seed < CALLERS; seed += 1) callers.push(new Caller(seed, policy, clock.nowMicros));
  });

  it('let the same request pass at retryAfterMs, and not a millisecond earlier', async () => {
    let samples = 0;
    await eachRound(async (round) => {
      const refused = round.filter(({ said }) => said.answer === 0);
      samples += refused.length;
      const inTime = await later(refused, ({ retryAfterMs }) => retryAfterMs);
      const early = await later(refused, ({ retryAfterMs }) => retryAfterMs - 1);
      const wrong = refused.filter(({ caller, said: { retryAfterMs } }, place) => {
        const isTooEarly = early[place][0].answer === 1 && !caller.isForgotten(retryAfterMs - 1);
        return retryAfterMs < 1 || inTime[place][0].answer !== 1 || isTooEarly;
      });
      expect(wrong.map(({ caller: { seed, atMicros }, said }) => ({ seed, atMicros, said }))).toEqual([]);
    });
    expect(samples).toBeGreaterThan(300);
  });

  it('have all of the limit there again at resetMs, and not a millisecond earlier', async () => {
    await eachRound(async (round) => {
      const changed = round.filter(({ said }) => said.answer === 1 || policy.blockDurationMs === undefined);
      const inTime = await later(changed, ({ resetMs }) => resetMs);
      const early = await later(changed, ({ resetMs }) => resetMs - 1);
      const wrong = changed.filter(({ caller, said: { resetMs } }, place) => {
        const isTooEarly = early[place][0].remaining === burst && !caller.isForgotten(resetMs - 1);
        return inTime[place][0].remaining !== burst || isTooEarly;
      });
      expect(wrong.map(({ caller: { seed, atMicros }, said }) => ({ seed, atMicros, said }))).toEqual([]);
    });
  });
});
