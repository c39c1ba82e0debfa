import type { CloudEvent } from '../cloud-event.js';
import type { EffectCommand, GroupStore } from './group-store.js';
import type { RawDelivery } from './groups.scripts.js';

/** What a handler is told beside the event. */
export interface StreamContext {
  readonly stream: string;
  readonly group: string;
  /** Of the entry in the stream. */
  readonly id: string;
  /** From 1; higher when a handler has failed, or a process has died. */
  readonly deliveryCount: number;
  /** Aborts when the event was given to another consumer, because this process was silent for too long. */
  readonly signal: AbortSignal;
  /**
   * Does Redis commands and acknowledges the event in one script: an event that comes again has no second effect. A
   * command is its name and words, of which the first is its key: `['HINCRBY', key, 'sold', 1]`. In a Cluster the keys lie in the
   * stream's slot: `{<stream>}` stands in them. One round trip, O(commands).
   *
   * @returns false: the event had its effect before, and nothing was done.
   * @throws StateStoreUnavailableError: it may have been done. What Redis says of a command that it refuses; those before it
   *   in the list were done, and the event comes again, so let only the first one be refused.
   */
  applyOnce(commands: readonly EffectCommand[]): Promise<boolean>;
}

export type StreamHandler = (event: CloudEvent, context: StreamContext) => unknown;

/** One event in the hands of this process. */
export class Delivery implements StreamContext {
  /** Made when it is asked for: few handlers do. */
  private aborting?: AbortController;
  private isAbandoned = false;
  /** When Redis last heard of it, on the clock that does not jump. */
  heardAt = performance.now();

  constructor(
    private readonly store: GroupStore,
    private readonly entry: RawDelivery,
  ) {}

  get stream(): string {
    return this.store.stream;
  }

  get group(): string {
    return this.store.group;
  }

  get id(): string {
    return this.entry[0];
  }

  get fields(): readonly string[] {
    return this.entry[1];
  }

  get deliveryCount(): number {
    return this.entry[2];
  }

  get signal(): AbortSignal {
    this.aborting ??= new AbortController();
    if (this.isAbandoned) this.aborting.abort();
    return this.aborting.signal;
  }

  applyOnce(commands: readonly EffectCommand[]): Promise<boolean> {
    const keys = commands.map(([, key]) => String(key));
    return this.store.applyOnce(this.id, commands, keys);
  }

  /** Another consumer has it. */
  abandon(): void {
    this.isAbandoned = true;
    this.aborting?.abort();
  }
}
