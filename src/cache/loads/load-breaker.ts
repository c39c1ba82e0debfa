import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { LoaderUnavailableError } from '../cache.errors.js';
import { NotCacheableError } from '../values/cacheable.js';

/** Failures in a row, in one process, that open it for the fleet. */
const MAX_FAILURES = 3;
export const PROBE_EVERY_MS = 1000;

/** What the fleet knows of a breaker; each call is one round trip and throws StateStoreUnavailableError. */
export interface SharedBreaker {
  /** Opens it, or keeps it open. */
  trip(): Promise<void>;
  close(): Promise<void>;
  isOpen(): Promise<boolean>;
  /** -1: it is not open; 0: the caller may probe; else for how many ms nobody may. */
  probe(): Promise<number>;
}

/** May a load go through: freely, as the one probe, or not. */
export type Permit = 'load' | 'probe' | 'refused';

/**
 * The circuit breaker of one source of values, such as a database. This process counts failures (cockatiel); that it is
 * open, and whose turn it is to probe, is known to the fleet. Without Redis each process probes by itself.
 */
export class LoadBreaker {
  private readonly circuit;
  /** Of this turn of the event loop. */
  private lastFailure: unknown;
  /** As was last heard of the fleet. */
  private isOpenElsewhere = false;
  /** Until then nobody may probe; monotonic, ms. */
  private refusedUntil = 0;

  constructor(private readonly shared: SharedBreaker) {
    this.circuit = circuitBreaker(
      handleWhen((error) => isFailure(error) && this.isNew(error)),
      {
        // When a probe is due, the fleet says, and not this process' clock, which may be set back.
        halfOpenAfter: -Infinity,
        breaker: new ConsecutiveBreaker(MAX_FAILURES),
      },
    );
  }

  /** One load of many keys fails for each of them, by one error in one turn of the event loop. */
  private isNew(error: unknown): boolean {
    if (error === this.lastFailure) return false;
    this.lastFailure = error;
    setImmediate(() => (this.lastFailure = undefined));
    return true;
  }

  get isOpen(): boolean {
    return this.isOpenElsewhere || this.circuit.state !== CircuitState.Closed;
  }

  get retryAfterMs(): number {
    return Math.max(this.refusedUntil - performance.now(), 1);
  }

  /** Another process has opened or closed it. One round trip. */
  async look(): Promise<void> {
    const isOpen = await this.alone(this.shared.isOpen(), this.isOpen);
    if (!isOpen) return this.reset();
    if (!this.isOpenElsewhere) this.refusedUntil = performance.now() + PROBE_EVERY_MS;
    this.isOpenElsewhere = true;
  }

  /** No round trip while it is closed, and one a second at the most while it is open. */
  async permit(): Promise<Permit> {
    if (!this.isOpen) return 'load';
    if (this.circuit.state === CircuitState.HalfOpen || performance.now() < this.refusedUntil)
      return 'refused';
    this.refusedUntil = performance.now() + PROBE_EVERY_MS;
    const answer = await this.alone(this.shared.probe(), 0);
    if (answer === 0) return 'probe';
    if (answer < 0) {
      this.reset();
      return 'load';
    }
    this.refusedUntil = performance.now() + answer;
    return 'refused';
  }

  /**
   * Runs a load that {@link permit} has let through, as the probe or not.
   *
   * @throws whatever it throws; LoaderUnavailableError when the breaker has opened since.
   */
  async run<T>(load: () => Promise<T>, isProbe: boolean): Promise<T> {
    const wasOpen = this.isOpen;
    // An open circuit would take the first that comes for its probe.
    if (this.circuit.state !== CircuitState.Closed && !isProbe)
      throw new LoaderUnavailableError(this.retryAfterMs);
    try {
      const value = await this.circuit.execute(load);
      if (wasOpen) await this.recover();
      return value;
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new LoaderUnavailableError(this.retryAfterMs);
      await this.settle(error, wasOpen);
      throw error;
    }
  }

  private async settle(error: unknown, wasOpen: boolean): Promise<void> {
    if (!isFailure(error)) return wasOpen ? this.recover() : undefined;
    if (this.circuit.state !== CircuitState.Open && !wasOpen) return;
    this.refusedUntil = performance.now() + PROBE_EVERY_MS;
    await this.alone(this.shared.trip(), undefined);
  }

  private async recover(): Promise<void> {
    this.reset();
    await this.alone(this.shared.close(), undefined);
  }

  private reset(): void {
    this.isOpenElsewhere = false;
    this.refusedUntil = 0;
    // Cockatiel has no other way to close a circuit by hand.
    if (this.circuit.state === CircuitState.Open) this.circuit.isolate().dispose();
  }

  private async alone<T>(shared: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await shared;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      return otherwise;
    }
  }
}

/** An answer that says no, such as a row that is not there, is no failure of its source; nor is a value of a wrong kind. */
function isFailure(error: unknown): boolean {
  if (error instanceof NotCacheableError) return false;
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status !== 'number' || status >= 500;
}
