import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../../errors/index.js';
import { ID_RULE, isId } from '../../redis/index.js';
import { INT64_RULE, parseInt64 } from '../int64.js';
import { CoalescedCounts } from './coalesced-counts.js';
import { CounterStore } from './counter-store.js';
import { CountersMetrics } from './counters.metrics.js';
import { Flights } from './flights.js';
import { type CounterWindow, MAX_WINDOWS, type WindowsRequest, windowsOf } from './windows.js';

export interface CountOptions {
  /** Keep windows from now on, whoever increments it: 120 minutes, 168 hours and 400 days of UTC. */
  readonly windows?: boolean;
}

export interface ByOptions extends CountOptions {
  /** Not 0; negative ones count down. Default 1. */
  readonly by?: bigint | number;
}

export interface IncrementOptions extends ByOptions {
  /** Made by the caller, 1 to 256 bytes, unlike any other of this counter: asked again with it within a day, it is counted once. */
  readonly requestId?: string;
}

export interface ShardedOptions extends ByOptions {
  /** Over how many keys the counter is spread, 2 to 64; the most that any caller has asked for holds for all. */
  readonly shards: number;
}

/** A counter as it is shown. */
export interface CounterState {
  readonly value: bigint;
  /** Oldest first; none where none are kept. */
  readonly windows: readonly CounterWindow[];
}

const MAX_SHARDS = 64;

/**
 * Counters of signed 64-bit integers for all replicas, exact also when replies are lost. A counter is there once it is counted;
 * one that is not known is 0. Injectable.
 */
@Injectable()
export class CountersService {
  private readonly flights: Flights;
  private readonly shardedFlights: Flights;

  constructor(
    private readonly store: CounterStore,
    private readonly counts: CoalescedCounts,
    private readonly metrics: CountersMetrics,
  ) {
    this.flights = new Flights(async (flight) => {
      const added = await store.add(flight, store.flight());
      return { ...added, value: added.value + (await store.others(flight.name, added)) };
    }, metrics);
    // The first flight goes to the counter itself, which keeps how many shards there are, and so does each round after it.
    this.shardedFlights = new Flights((flight, turn) => {
      const { shards, windowed } = flight.asked;
      const shard = turn % shards;
      const asked = shard === 0 ? flight.asked : { shards: 1, windowed };
      return store.add({ name: flight.name, by: flight.by, asked }, store.flight(), shard);
    }, metrics);
  }

  /**
   * Adds to a counter. One round trip, O(1), with the other increments of this process that came while the last one was under
   * way; for a counter with shards a second one. A lost reply is asked for again within the deadline of a command.
   *
   * @returns the value after it.
   * @throws CounterOutOfRangeError, ValidationFailedError: nothing was changed; StateStoreUnavailableError: it may or may not have
   * been counted, and only with a `requestId` may it be asked for again.
   */
  async increment(name: string, options: IncrementOptions = {}): Promise<bigint> {
    const { requestId, windows = false } = options;
    const by = checked(name, options);
    const addition = { name, by, asked: { shards: 1, windowed: windows } };
    if (requestId === undefined) return this.flights.add(addition);
    if (!isId(requestId)) throw new ValidationFailedError([{ path: 'requestId', message: ID_RULE }]);
    try {
      const added = await this.store.add(addition, this.store.request(requestId));
      this.metrics.counted('increment', 1);
      return added.value + (await this.store.others(name, added));
    } catch (error) {
      this.metrics.failed('increment', 1, error);
      throw error;
    }
  }

  /**
   * Adds to a counter whose increments one node of a Cluster cannot take: they go to its shards in turn. One round trip, O(1), as
   * `increment`, but nothing is read: `value` adds the shards up.
   *
   * @param name so much shorter than 256 bytes that `#` and the number of a shard can be added.
   * @throws as `increment`.
   */
  async incrementSharded(name: string, options: ShardedOptions): Promise<void> {
    const { shards, windows = false } = options;
    const by = checked(name, options);
    if (!isWithin(shards, 2, MAX_SHARDS)) throw notWithin('shards', 2, MAX_SHARDS);
    if (!isId(`${name}#${shards}`)) throw new ValidationFailedError([{ path: 'name', message: ID_RULE }]);
    await this.shardedFlights.add({ name, by, asked: { shards, windowed: windows } });
  }

  /**
   * Counts in this process, at once and without a round trip. Redis is told twice a second and before the process ends; while it is
   * away, all is kept. What a process counts in its last half second is lost when it is killed.
   *
   * @param by not 0; default 1.
   * @throws ValidationFailedError, CounterOutOfRangeError when what waits here would leave 64 bits.
   */
  count(name: string, by: bigint | number = 1n, { windows = false }: CountOptions = {}): void {
    this.counts.add(name, checked(name, { by }), windows);
  }

  /** One round trip, O(1); with shards two. @returns 0 for a counter that is not known. @throws StateStoreUnavailableError */
  async value(name: string): Promise<bigint> {
    checkName(name);
    return total(await this.store.read(name, false));
  }

  /**
   * The value and what was added in each window. One round trip, O(1), with 6 kB; with shards two.
   *
   * @throws ValidationFailedError, StateStoreUnavailableError
   */
  async windowed(name: string, request: WindowsRequest): Promise<CounterState> {
    checkName(name);
    const { count = 1, from = 0 } = request;
    if (!isWithin(count, 1, MAX_WINDOWS)) throw notWithin('count', 1, MAX_WINDOWS);
    if (!Number.isFinite(from))
      throw new ValidationFailedError([{ path: 'from', message: 'must be epoch ms' }]);
    const parts = await this.store.read(name, true);
    return { value: total(parts), windows: parts[0].windowed ? windowsOf(parts, request) : [] };
  }

  /** Deletes a counter with its windows and shards. One round trip, O(1); with shards three. @throws StateStoreUnavailableError */
  async delete(name: string): Promise<void> {
    checkName(name);
    await this.store.delete(name);
  }
}

function total(parts: readonly { readonly value: bigint }[]): bigint {
  return parts.reduce((sum, { value }) => sum + value, 0n);
}

/** @throws ValidationFailedError */
function checked(name: string, { by = 1n }: ByOptions): bigint {
  checkName(name);
  const exact = parseInt64(by);
  if (exact === undefined || typeof by === 'string')
    throw new ValidationFailedError([{ path: 'by', message: INT64_RULE }]);
  if (exact === 0n) throw new ValidationFailedError([{ path: 'by', message: 'must not be 0' }]);
  return exact;
}

/** @throws ValidationFailedError */
function checkName(name: string): void {
  if (!isId(name)) throw new ValidationFailedError([{ path: 'name', message: ID_RULE }]);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function notWithin(path: string, min: number, max: number): ValidationFailedError {
  return new ValidationFailedError([{ path, message: `must be an integer from ${min} to ${max}` }]);
}
