import { isDeepStrictEqual } from 'node:util';
import type { Check, Policy } from '../../src/rate-limit/index.js';
import type { Call, RateLimitClock, Request, Said } from './rate-limit-clock.js';
import { RateLimitModel } from './rate-limit-model.js';
import { Random } from './random.js';

const CALLS_AT_ONCE = 500;
const REPORTED = 5;
const REMEMBERED_CHARGES = 20;
const CALLERS = 3;

export interface Trial {
  readonly seed: number;
  /** At least so many decisions and refunds on one policy each. */
  readonly operations: number;
  /** A request is for one of them, or with `mixes` for any number of them. */
  readonly policies: readonly Policy[];
  readonly mixes?: boolean;
  /** 50 unless given, and never more than what a policy can allow. */
  readonly maxCost?: number;
}

/** What a trial has seen, the first differences with what makes them happen again. */
export class Findings {
  readonly differences: string[] = [];
  allowed = 0;
  refused = 0;
  takenBack = 0;

  add(where: () => string, expected: readonly Said[], said: readonly Said[]): void {
    for (const { answer, taken = 0 } of said) {
      if (answer === 1) this.allowed += 1;
      else if (answer !== undefined) this.refused += 1;
      this.takenBack += taken;
    }
    if (this.differences.length < REPORTED && !isDeepStrictEqual(said, expected)) {
      this.differences.push(
        `${where()} should be ${JSON.stringify(expected)} and is ${JSON.stringify(said)}`,
      );
    }
  }
}

/** Random traffic, asked of the scripts and of the model. */
export async function tryOut(clock: RateLimitClock, trial: Trial): Promise<Findings> {
  const traffic = new Traffic(trial, clock.nowMicros);
  const findings = new Findings();
  let asked: Promise<void> = Promise.resolve();
  for (let operations = 0; operations < trial.operations;) {
    const steps = Array.from({ length: CALLS_AT_ONCE }, () => traffic.next());
    const before = operations;
    operations += steps.reduce((sum, { expected }) => sum + expected.length, 0);
    await asked;
    // While Redis answers, the next calls are made up.
    asked = clock
      .run(steps.map(({ call }) => call))
      .then((said) =>
        steps.forEach(({ call, expected }, place) =>
          findings.add(() => placeOf(trial, before, call), expected, said[place]),
        ),
      );
  }
  await asked;
  return findings;
}

const placeOf = ({ seed }: Trial, operations: number, call: Call): string =>
  `seed ${seed}, after ${operations} operations, ${JSON.stringify(call)}`;

/** A call, and what it should be told. */
interface Step {
  readonly call: Call;
  readonly expected: readonly Said[];
}

/** Comes faster than its policies allow, at once, a little later, at the very edge of a refusal or after a pause. */
class Traffic {
  private readonly random: Random;
  private readonly model = new RateLimitModel();
  private charged: { readonly check: Check; readonly chargedAt: number }[] = [];
  private refused: { readonly request: Request; readonly passesAtMicros: number } | undefined;

  constructor(
    private readonly trial: Trial,
    private nowMicros: number,
  ) {
    this.random = new Random(trial.seed);
  }

  next(): Step {
    const { random, refused } = this;
    if (refused && random.chance(0.3)) {
      this.refused = undefined;
      this.nowMicros = Math.max(this.nowMicros, refused.passesAtMicros + random.pick([-1, 0, 0, 1]));
      return this.decide([refused.request]);
    }
    this.pass();
    if (random.chance(0.12)) return this.refund();
    return this.decide(Array.from({ length: random.integer(1, 4) }, () => this.request()));
  }

  private pass(): void {
    const { random } = this;
    const policy = random.pick(this.trial.policies);
    const windowMicros = policy.windowMs * 1000;
    const requestsAWindow = (Math.max(policy.limit, 1) * CALLERS * 4) / (1 + this.mostOf(policy));
    if (random.chance(Math.min(0.02, 0.2 / requestsAWindow))) {
      this.nowMicros += random.integer(windowMicros * 0.8, windowMicros * 1.3);
    } else if (random.chance(0.6)) {
      this.nowMicros += random.integer(0, (3 * windowMicros) / requestsAWindow);
    } else if (random.chance(0.5)) this.nowMicros += random.integer(1, 1500);
  }

  private request(): Request {
    const { random } = this;
    const { policies, mixes } = this.trial;
    const asked = mixes ? policies.filter(() => random.chance(0.4)) : [];
    return {
      operation: random.chance(0.15) ? 'peek' : 'charge',
      checks: (asked.length > 0 ? asked : [random.pick(policies)]).map((policy) => this.check(policy)),
    };
  }

  private check(policy: Policy): Check {
    const { random } = this;
    const cost = random.chance(0.5) ? 1 : random.integer(1, this.mostOf(policy));
    return { policy, key: `${this.trial.seed}-${random.integer(1, CALLERS)}`, cost };
  }

  private mostOf({ limit, burst = limit }: Policy): number {
    return Math.max(Math.min(this.trial.maxCost ?? 50, burst), 1);
  }

  private decide(requests: readonly Request[]): Step {
    const { nowMicros: atMicros } = this;
    const expected = requests.flatMap((request) => {
      const passesAtMicros = Math.max(
        ...request.checks.map((check) => this.model.ask(check, atMicros).passesAtMicros),
      );
      const said = this.model.decide(request, atMicros);
      if (said.some(({ answer }) => answer === 0)) this.refused = { request, passesAtMicros };
      else if (request.operation === 'charge') this.remember(request.checks);
      return said;
    });
    return { call: { atMicros, requests }, expected };
  }

  private remember(checks: readonly Check[]): void {
    const chargedAt = Math.floor(this.nowMicros / 1000);
    this.charged.push(...checks.map((check) => ({ check, chargedAt })));
    this.charged.splice(0, this.charged.length - REMEMBERED_CHARGES);
  }

  /** Of what was charged lately, with its moment or without. */
  private refund(): Step {
    const { random, nowMicros: atMicros } = this;
    const count = this.trial.mixes ? random.integer(1, 3) : 1;
    const refunds = Array.from({ length: count }, () => {
      const check = this.check(random.pick(this.trial.policies));
      const charge = this.charged.length > 0 ? random.pick(this.charged) : { check, chargedAt: 0 };
      return { ...charge.check, chargedAt: random.chance(0.5) ? charge.chargedAt : 0 };
    });
    return { call: { atMicros, refunds }, expected: this.model.refund(refunds, atMicros) };
  }
}
