import type { Algorithm, Policy } from '../../src/rate-limit/index.js';

/** What a policy says of a cost at a moment; what is left is without the cost. */
export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number;
  readonly delayMs: number;
  /** When the same cost passes, to the microsecond. */
  readonly passesAtMicros: number;
}

/** A policy for one key, as its definition has it and with no thought of how Redis keeps it. */
export interface Oracle {
  ask(atMicros: number, cost: number): Verdict;
  charge(atMicros: number, cost: number): void;
  /** @returns what was taken back. @param chargedAt ms, or 0 for the newest hits. */
  refund(atMicros: number, cost: number, chargedAt: number): number;
}

const msOf = (micros: number): number => Math.floor(micros / 1000);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The verdict of what counts in whole milliseconds: `wait` for a refusal, and when what there is will be gone. */
function verdict(atMicros: number, remaining: number, resetMs: number, wait?: number): Verdict {
  const retryAfterMs = wait ?? 0;
  return {
    allowed: wait === undefined,
    remaining: Math.max(remaining, 0),
    resetMs: Math.max(resetMs, retryAfterMs),
    retryAfterMs,
    delayMs: 0,
    passesAtMicros: (msOf(atMicros) + retryAfterMs) * 1000,
  };
}

/** Opens with the first hit; what comes after its end opens another one. */
class FixedWindow implements Oracle {
  private opensAt = -Infinity;
  private hits = 0;

  constructor(private readonly policy: Policy) {}

  ask(atMicros: number, cost: number): Verdict {
    const { limit, windowMs } = this.policy;
    const isOpen = this.isOpen(atMicros);
    const hits = isOpen ? this.hits : 0;
    const left = isOpen ? this.opensAt + windowMs - msOf(atMicros) : windowMs;
    return verdict(atMicros, limit - hits, left, hits + cost > limit ? left : undefined);
  }

  charge(atMicros: number, cost: number): void {
    if (!this.isOpen(atMicros)) {
      this.opensAt = msOf(atMicros);
      this.hits = 0;
    }
    this.hits += cost;
  }

  refund(atMicros: number, cost: number, chargedAt: number): number {
    const isOfThisWindow = chargedAt === 0 || chargedAt >= this.opensAt;
    const taken = this.isOpen(atMicros) && isOfThisWindow ? Math.min(cost, this.hits) : 0;
    this.hits -= taken;
    return taken;
  }

  private isOpen(atMicros: number): boolean {
    return msOf(atMicros) < this.opensAt + this.policy.windowMs;
  }
}

/** A hit at t counts while t + window > now. */
class SlidingWindowLog implements Oracle {
  private hits: number[] = [];

  constructor(private readonly policy: Policy) {}

  ask(atMicros: number, cost: number): Verdict {
    const { limit, windowMs } = this.policy;
    const live = this.live(atMicros);
    const leavesIn = (place: number) => (live.at(place) ?? msOf(atMicros)) + windowMs - msOf(atMicros);
    const tooMany = live.length + cost - limit;
    if (tooMany <= 0) return verdict(atMicros, limit - live.length, windowMs);
    return verdict(atMicros, limit - live.length, leavesIn(-1), leavesIn(Math.min(tooMany, live.length) - 1));
  }

  charge(atMicros: number, cost: number): void {
    this.hits = this.live(atMicros);
    for (let hit = 0; hit < cost; hit += 1) this.hits.push(msOf(atMicros));
  }

  refund(atMicros: number, cost: number, chargedAt: number): number {
    this.hits = this.live(atMicros);
    const goes = (hit: number) => chargedAt === 0 || hit === chargedAt;
    for (let taken = 0; taken < cost; taken += 1) {
      const newest = this.hits.findLastIndex(goes);
      if (newest < 0) return taken;
      this.hits.splice(newest, 1);
    }
    return cost;
  }

  private live(atMicros: number): number[] {
    const horizon = msOf(atMicros) - this.policy.windowMs;
    return this.hits.filter((hit) => hit > horizon);
  }
}

/**
 * Time is cut into tenths of the window, from the epoch on. The tenth of now counts, and the ten before it.
 * All of it is forgotten when a window has passed without a change.
 */
class SlidingWindowCounter implements Oracle {
  private tenths = new Map<number, number>();
  private changedAt = -Infinity;
  private readonly tenthMs: number;

  constructor(private readonly policy: Policy) {
    this.tenthMs = Math.ceil(policy.windowMs / 10);
  }

  ask(atMicros: number, cost: number): Verdict {
    const { limit, windowMs } = this.policy;
    const counted = this.counted(atMicros);
    const total = sum(counted.map(([, hits]) => hits));
    if (total + cost <= limit) return verdict(atMicros, limit - total, windowMs);
    const leavesIn = (tenth: number) => Math.min((tenth + 11) * this.tenthMs - msOf(atMicros), windowMs);
    const passing = counted.find(([tenth]) => {
      const later = counted.filter(([other]) => other > tenth).map(([, hits]) => hits);
      return sum(later) + cost <= limit;
    });
    const newest = counted.at(-1)?.[0] ?? Infinity;
    return verdict(atMicros, limit - total, leavesIn(newest), leavesIn(passing?.[0] ?? newest));
  }

  charge(atMicros: number, cost: number): void {
    this.tenths = new Map(this.counted(atMicros));
    const tenth = this.tenthOf(msOf(atMicros));
    this.tenths.set(tenth, (this.tenths.get(tenth) ?? 0) + cost);
    this.changedAt = msOf(atMicros);
  }

  refund(atMicros: number, cost: number, chargedAt: number): number {
    const counted = this.counted(atMicros);
    const newestFirst = counted
      .filter(([tenth]) => chargedAt === 0 || tenth === this.tenthOf(chargedAt))
      .reverse();
    let taken = 0;
    for (const [tenth, hits] of newestFirst) {
      const take = Math.min(hits, cost - taken);
      this.tenths.set(tenth, hits - take);
      taken += take;
    }
    if (taken > 0) this.changedAt = msOf(atMicros);
    return taken;
  }

  /** The tenths that have hits and count, oldest first. */
  private counted(atMicros: number): [tenth: number, hits: number][] {
    if (msOf(atMicros) >= this.changedAt + this.policy.windowMs) return [];
    const oldest = this.tenthOf(msOf(atMicros)) - 10;
    return [...this.tenths]
      .filter(([tenth, hits]) => tenth >= oldest && hits > 0)
      .sort(([one], [other]) => one - other);
  }

  private tenthOf(ms: number): number {
    return Math.floor(ms / this.tenthMs);
  }
}

/** Rounds up. */
const divide = (dividend: bigint, divisor: bigint): number => Number((dividend + divisor - 1n) / divisor);

/**
 * A bucket of water: a hit pours one window into it, a microsecond lets `limit` out, and it holds `burst` windows.
 * Integers, so that nothing is lost. Tokens are what still fits in.
 */
class Bucket implements Oracle {
  private water = 0n;
  private at = 0;
  private readonly windowMicros: bigint;
  private readonly drain: bigint;
  private readonly capacity: bigint;

  constructor({ limit, burst = limit, windowMs }: Policy) {
    this.windowMicros = BigInt(windowMs) * 1000n;
    this.drain = BigInt(limit);
    this.capacity = BigInt(burst) * this.windowMicros;
  }

  ask(atMicros: number, cost: number): Verdict {
    if (this.drain === 0n) return verdict(atMicros, 0, 0, Number(this.windowMicros / 1000n));
    const water = this.waterAt(atMicros);
    const after = water + BigInt(cost) * this.windowMicros;
    const allowed = after <= this.capacity;
    const excess = allowed ? 0n : after - this.capacity;
    const retryAfterMs = divide(excess, this.drain * 1000n);
    return {
      allowed,
      remaining: Number((this.capacity - water) / this.windowMicros),
      resetMs: Math.max(divide(allowed ? after : water, this.drain * 1000n), retryAfterMs, 1),
      retryAfterMs,
      delayMs: allowed ? divide(water, this.drain * 1000n) : 0,
      passesAtMicros: atMicros + divide(excess, this.drain),
    };
  }

  charge(atMicros: number, cost: number): void {
    this.water = this.waterAt(atMicros) + BigInt(cost) * this.windowMicros;
    this.at = atMicros;
  }

  refund(atMicros: number, cost: number): number {
    const water = this.waterAt(atMicros);
    const after = water - BigInt(cost) * this.windowMicros;
    this.water = after > 0n ? after : 0n;
    this.at = atMicros;
    return Math.min(cost, divide(water, this.windowMicros));
  }

  private waterAt(atMicros: number): bigint {
    const water = this.water - BigInt(atMicros - this.at) * this.drain;
    return water > 0n ? water : 0n;
  }
}

const ORACLES: Readonly<Record<Algorithm, new (policy: Policy) => Oracle>> = {
  'fixed-window': FixedWindow,
  'sliding-window-log': SlidingWindowLog,
  'sliding-window-counter': SlidingWindowCounter,
  'token-bucket': Bucket,
  'leaky-bucket': Bucket,
};

export const oracleOf = (policy: Policy): Oracle => new ORACLES[policy.algorithm](policy);

/** The most hits that any window holds, wherever it begins. @param hits moments in ms, in their order. */
export function mostInAnyWindow(hits: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  hits.forEach((hit, place) => {
    while (hits[first] + windowMs <= hit) first += 1;
    most = Math.max(most, place - first + 1);
  });
  return most;
}
