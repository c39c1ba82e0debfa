import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CloudEvent } from '../cloud-event.js';
import { Delivery, type StreamHandler } from './delivery.js';
import { backoff, type GroupSettings } from './group-options.js';
import type { GroupStore } from './group-store.js';
import type { NackOutcome, TakeReply } from './groups.scripts.js';

/** After a turn that failed. */
const TRY_AGAIN_MS = 200;
/** A round trip is worth so many events, where there is room for them. */
const LEAST_TAKEN = 16;
const LONGEST_TIMER_MS = 3_600_000;

export interface ConsumerOptions extends GroupSettings {
  /** How this process is called in the group. */
  readonly consumer: string;
  readonly concurrency: number;
  /** Where the group begins if it has to be made: an id, `0` or `$`. */
  readonly startAt: string;
}

/** What a consumer reports. */
export interface ConsumerObserver {
  settled(outcome: 'acknowledged' | Exclude<NackOutcome, 'kept'>, count: number): void;
  failed(what: string, error: Error): void;
}

/** Turns an entry's fields into its event. @throws Error for what is none. */
export type Decode = (id: string, fields: readonly string[]) => CloudEvent;

/**
 * A member of a consumer group: takes as many events as it has room for, and acknowledges, in the same round trip, those that
 * it has handled since. Nothing lies in this process that is not being handled, so a slow handler holds up no event that another
 * process could take.
 */
export class GroupConsumer {
  private readonly running = new Map<string, Delivery>();
  private acks: string[] = [];
  private turning?: Promise<void>;
  private isDue = false;
  private looksAfter = true;
  private isDefined = true;
  private isStopping = false;
  private timer?: NodeJS.Timeout;
  /** When the timer is due, on the clock that does not jump. */
  private timerDueAt = Infinity;
  private drained?: () => void;

  constructor(
    readonly store: GroupStore,
    private readonly work: { readonly handler: StreamHandler; readonly decode: Decode },
    private readonly options: ConsumerOptions,
    private readonly observer: ConsumerObserver,
  ) {}

  /** Looks for events, and makes the group if there is none. */
  start(): void {
    this.isDefined = false;
    this.look({ after: true });
  }

  /** There may be something to take; with `after` also what other consumers have left. */
  look({ after = false } = {}): void {
    this.looksAfter ||= after;
    this.isDue = true;
    this.turning ??= this.turns();
  }

  /** Tells Redis of the handlers that have run for a while. One round trip, or none. */
  async extend(): Promise<void> {
    const oldest = performance.now() - this.options.ackTimeoutMs / 4;
    const long = [...this.running.values()].filter(({ heardAt }) => heardAt < oldest);
    if (long.length === 0) return;
    try {
      const lost = new Set(
        await this.store.extend(
          this.options.consumer,
          long.map(({ id }) => id),
        ),
      );
      for (const delivery of long) {
        if (lost.has(delivery.id)) delivery.abandon();
        else delivery.heardAt = performance.now();
      }
    } catch (error) {
      this.observer.failed('extending', error as Error);
    }
  }

  /** Takes nothing more, waits for the handlers, acknowledges, and leaves the group. @returns how many handlers did not end in time. */
  async stop(timeoutMs: number): Promise<number> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.turning;
    await this.idleWithin(timeoutMs);
    await this.store
      .leave(this.options.consumer, this.acks)
      .catch((error: unknown) => this.observer.failed('leaving', error as Error));
    return this.running.size;
  }

  /** What ends in one turn of the event loop is acknowledged together. */
  private async turns(): Promise<void> {
    while (this.isDue && !this.isStopping) {
      await nextTurn();
      this.isDue = false;
      await this.turn();
    }
    // In the step that has seen that nothing is due: what is due from now on begins anew.
    this.turning = undefined;
  }

  /** Where there is more and room for it, Redis is asked for that before the handlers of what has come begin. */
  private async turn(): Promise<void> {
    for (let taken = await this.take(); taken !== undefined;) {
      const deliveries = this.took(taken);
      const next = taken.more && !this.isStopping && this.running.size < this.options.concurrency;
      const taking = next ? this.take() : undefined;
      for (const delivery of deliveries) this.begin(delivery);
      taken = await taking;
    }
  }

  private async take(): Promise<TakeReply | undefined> {
    const { acks, looksAfter } = this;
    const { consumer, concurrency } = this.options;
    // A share of it: while its handlers run, the next one comes.
    const room = Math.min(concurrency - this.running.size, Math.max(LEAST_TAKEN, Math.ceil(concurrency / 2)));
    if (room === 0 && acks.length === 0) return undefined;
    this.acks = [];
    this.looksAfter = false;
    try {
      if (!this.isDefined) await this.store.define(this.options.startAt, this.options);
      this.isDefined = true;
      return await this.store.take(consumer, { room, acks, looksAfter, waiter: 'member' });
    } catch (error) {
      // To acknowledge again does no harm.
      this.acks = acks.concat(this.acks);
      this.looksAfter ||= looksAfter;
      // The group may be gone with the data of its Redis.
      if ((error as Error).message.includes('NOGROUP')) this.isDefined = false;
      this.observer.failed('taking', error as Error);
      this.lookIn(TRY_AGAIN_MS);
      return undefined;
    }
  }

  private took({ entries, more, dueInMs, acknowledged, buried }: TakeReply): Delivery[] {
    this.observer.settled('acknowledged', acknowledged);
    this.observer.settled('buried', buried);
    const deliveries = entries.map((entry) => new Delivery(this.store, entry));
    for (const delivery of deliveries) this.running.set(delivery.id, delivery);
    if (more) this.isDue = true;
    if (dueInMs !== undefined) this.lookIn(dueInMs);
    return deliveries;
  }

  /** The earliest of all that are asked for; each turn tells of the next. */
  private lookIn(ms: number): void {
    const dueAt = performance.now() + Math.min(ms, LONGEST_TIMER_MS);
    if (this.isStopping || dueAt >= this.timerDueAt) return;
    clearTimeout(this.timer);
    this.timerDueAt = dueAt;
    this.timer = setTimeout(() => {
      this.timerDueAt = Infinity;
      this.look();
    }, dueAt - performance.now()).unref();
  }

  private begin(delivery: Delivery): void {
    let event: CloudEvent;
    try {
      event = this.work.decode(delivery.id, delivery.fields);
    } catch (error) {
      // What cannot be read now never can.
      void this.giveBack(delivery, -1, error as Error);
      return;
    }
    void this.handle(delivery, event);
  }

  private async handle(delivery: Delivery, event: CloudEvent): Promise<void> {
    try {
      await this.work.handler(event, delivery);
    } catch (error) {
      return this.giveBack(delivery, backoff(this.options.backoffMs, delivery.deliveryCount), error as Error);
    }
    this.acks.push(delivery.id);
    this.end(delivery);
  }

  /** What cannot be given back is taken for left after `ackTimeoutMs`. */
  private async giveBack(delivery: Delivery, delayMs: number, cause: Error): Promise<void> {
    const { consumer } = this.options;
    try {
      const reason = String(cause?.message ?? cause);
      const outcome = await this.store.nack(delivery.id, { delayMs, reason, consumer });
      if (outcome !== 'kept') this.observer.settled(outcome, 1);
      if (outcome === 'retried') this.lookIn(delayMs);
      if (outcome !== 'lost') this.observer.failed(`handling ${delivery.id}`, cause);
    } catch (error) {
      this.observer.failed(`giving back ${delivery.id}`, error as Error);
    }
    this.end(delivery);
  }

  private end({ id }: Delivery): void {
    this.running.delete(id);
    if (this.running.size === 0) this.drained?.();
    this.look();
  }

  private async idleWithin(timeoutMs: number): Promise<void> {
    if (this.running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
