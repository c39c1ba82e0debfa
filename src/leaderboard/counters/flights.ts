import { StateStoreUnavailableError } from '../../redis/index.js';
import { isInt64 } from '../int64.js';
import { CounterOutOfRangeError } from './counters.errors.js';
import type { OptionsReply } from './counters.scripts.js';
import type { CountersMetrics } from './counters.metrics.js';
import type { Addition } from './counter-store.js';

/** What its callers have of a flight. */
export interface Landing extends OptionsReply {
  /** After all of it. */
  readonly value: bigint;
}

/** @param turn how many have left for this counter before, not long ago. */
type Send = (flight: Addition, turn: number) => Promise<Landing>;

interface Caller {
  readonly by: bigint;
  readonly resolve: (value: bigint) => void;
  readonly reject: (error: unknown) => void;
}

interface Counter {
  readonly name: string;
  waiting: Caller[];
  isFlying: boolean;
  turn: number;
  shards: number;
  windowed: boolean;
}

/** So many counters are remembered at least when nobody waits for them: a Map that changes all the time holds on to garbage. */
const REMEMBERED = 1000;

/**
 * The increments of this process, counter by counter: one is under way at a time, and those that come meanwhile leave together
 * with the next one, as one sum. So a flight is known by its number alone when it comes again, however many increments it
 * has, and a hot counter costs Redis a flight in each round trip of each process.
 */
export class Flights {
  private readonly counters = new Map<string, Counter>();
  private remembered = REMEMBERED;

  constructor(
    private readonly send: Send,
    private readonly metrics: CountersMetrics,
  ) {}

  /**
   * @returns the value after this increment, as if each had been alone.
   * @throws CounterOutOfRangeError, StateStoreUnavailableError: then it may have been added all the same.
   */
  add({ name, by, asked }: Addition): Promise<bigint> {
    const counter = this.counters.get(name) ?? this.remember(name);
    counter.shards = Math.max(counter.shards, asked.shards);
    counter.windowed ||= asked.windowed;
    return new Promise((resolve, reject) => {
      counter.waiting.push({ by, resolve, reject });
      if (!counter.isFlying) this.depart(counter);
    });
  }

  /** Once all that now runs has had its say: whoever was answered by the last flight may come again at once. */
  private depart(counter: Counter): void {
    counter.isFlying = true;
    process.nextTick(() => {
      void this.fly(counter, board(counter)).then(() => {
        counter.isFlying = false;
        if (counter.waiting.length > 0) this.depart(counter);
      });
    });
  }

  private async fly(counter: Counter, callers: readonly Caller[]): Promise<void> {
    const { name, shards, windowed } = counter;
    const by = callers.reduce((sum, caller) => sum + caller.by, 0n);
    try {
      const landing = await this.send({ name, by, asked: { shards, windowed } }, counter.turn);
      counter.shards = Math.max(counter.shards, landing.shards);
      counter.windowed ||= landing.windowed;
      this.metrics.counted('increment', callers.length);
      land(callers, landing.value - by);
    } catch (error) {
      if (error instanceof CounterOutOfRangeError && callers.length > 1)
        return this.flyApart(counter, callers);
      this.refuse(callers, error);
      // They have waited as long as the deadline allows, or nearly: another flight would go beyond it.
      if (error instanceof StateStoreUnavailableError) this.refuse(counter.waiting.splice(0), error);
    } finally {
      counter.turn += 1;
    }
  }

  private refuse(callers: readonly Caller[], error: unknown): void {
    this.metrics.failed('increment', callers.length, error);
    for (const { reject } of callers) reject(error);
  }

  /** Together they leave 64 bits; the first of them may not. */
  private async flyApart(counter: Counter, callers: readonly Caller[]): Promise<void> {
    const half = callers.length >> 1;
    await this.fly(counter, callers.slice(0, half));
    await this.fly(counter, callers.slice(half));
  }

  private remember(name: string): Counter {
    if (this.counters.size >= this.remembered) this.forget();
    const counter = { name, waiting: [], isFlying: false, turn: 0, shards: 1, windowed: false };
    this.counters.set(name, counter);
    return counter;
  }

  private forget(): void {
    for (const { name, isFlying } of this.counters.values()) if (!isFlying) this.counters.delete(name);
    this.remembered = Math.max(REMEMBERED, 2 * this.counters.size);
  }
}

/**
 * Takes those who fly together: in the order in which they came, and all in one direction, so that none of them leaves 64 bits
 * where the sum does not.
 */
function board(counter: Counter): Caller[] {
  const { waiting } = counter;
  const isUp = waiting[0].by > 0n;
  let sum = 0n;
  const end = waiting.findIndex(({ by }) => {
    sum += by;
    return by > 0n !== isUp || !isInt64(sum);
  });
  counter.waiting = end < 0 ? [] : waiting.slice(end);
  return end < 0 ? waiting : waiting.slice(0, end);
}

function land(callers: readonly Caller[], before: bigint): void {
  let value = before;
  for (const { by, resolve } of callers) {
    value += by;
    resolve(value);
  }
}
