import { Injectable } from '@nestjs/common';
import {
  RedisClient,
  type ScriptArgument,
  sendTwice,
  StateStoreUnavailableError,
} from '../../redis/index.js';
import { Inbox } from './inbox.js';
import { Retention } from './retention/retention.js';
import { StreamsKeys } from './streams.keys.js';
import { StreamsMetrics } from './streams.metrics.js';
import { publishEvents } from './streams.scripts.js';

/** A flight holds Redis up for about two milliseconds at most. */
const MAX_EVENTS = 500;
/** Characters, which are nearly bytes. */
const MAX_SIZE = 1_048_576;

/** So many streams are remembered at least when nothing leaves for them: a Map that changes all the time holds on to garbage. */
const REMEMBERED = 1000;

export interface Outgoing {
  readonly text: string;
  /** Events of one key are handled in their order. */
  readonly key?: string;
  /** The event of a request is stored once. */
  readonly requestId?: string;
}

/** What one caller publishes at once: it leaves in one flight. */
interface Parcel {
  readonly events: readonly Outgoing[];
  readonly size: number;
  readonly resolve: (ids: string[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Line {
  readonly stream: string;
  readonly keys: { readonly stream: string; readonly idle: string; readonly producer: string };
  waiting: Parcel[];
  isFlying: boolean;
}

/**
 * The events that this process publishes, stream by stream: one flight is under way at a time, and what comes meanwhile leaves with
 * the next one. So they are stored in the order in which they were published, a flight is known by its number alone when it
 * comes again after a lost reply, and the busier a stream, the fewer round trips it takes. docs/adr/0035 has the idea.
 */
@Injectable()
export class Publisher {
  private readonly lines = new Map<string, Line>();
  private remembered = REMEMBERED;
  /** Grows over all streams. */
  private flights = 0;

  constructor(
    private readonly redis: RedisClient,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
    private readonly metrics: StreamsMetrics,
    private readonly retention: Retention,
  ) {}

  /**
   * One round trip for all that leaves together, O(events).
   *
   * @returns the ids, in the order of the events.
   * @throws StateStoreUnavailableError: the first of them may have been stored all the same.
   */
  async publish(stream: string, events: readonly Outgoing[]): Promise<string[]> {
    const line = this.lines.get(stream) ?? this.remember(stream);
    if (events.length === 1) return this.hand(line, events);
    const parcels = packed(events);
    const ids = await Promise.all(parcels.map((parcel) => this.hand(line, parcel)));
    return ids.flat();
  }

  private hand(line: Line, events: readonly Outgoing[]): Promise<string[]> {
    let size = 0;
    for (const { text } of events) size += text.length;
    return new Promise((resolve, reject) => {
      line.waiting.push({ events, size, resolve, reject });
      if (!line.isFlying) this.depart(line);
    });
  }

  /** With all that comes in this turn of the event loop. */
  private depart(line: Line): void {
    line.isFlying = true;
    setImmediate(() => this.leave(line));
  }

  private leave(line: Line): void {
    this.redis.together(() => void this.fly(line, board(line)));
  }

  private async fly(line: Line, parcels: readonly Parcel[]): Promise<void> {
    let [count, characters] = [0, 0];
    for (const { events, size } of parcels) {
      count += events.length;
      characters += size;
    }
    try {
      const ids = await this.send(line, parcels, count);
      this.metrics.published(count);
      this.retention.grown(line.stream, count, characters);
      // Redis works on the next one while those who have waited for this one go on.
      this.goOn(line);
      land(parcels, ids);
    } catch (error) {
      this.refuse(parcels, error);
      // They have waited as long as the deadline allows, or nearly: another flight would go beyond it.
      if (error instanceof StateStoreUnavailableError) this.refuse(line.waiting.splice(0), error);
      this.goOn(line);
    }
  }

  private goOn(line: Line): void {
    line.isFlying = line.waiting.length > 0;
    if (line.isFlying) this.leave(line);
  }

  private send({ stream, keys }: Line, parcels: readonly Parcel[], count: number): Promise<string[]> {
    const rest: ScriptArgument[] = [];
    const restKeys: string[] = [];
    const places: number[] = [];
    const keyed: (number | string)[] = [];
    for (const { events } of parcels) {
      for (const { text, key, requestId } of events) {
        const place = rest.push(text);
        if (key !== undefined) keyed.push(place, key);
        if (requestId === undefined) continue;
        restKeys.push(this.keys.request(stream, requestId));
        places.push(place);
      }
    }
    rest.push(...places, ...keyed);
    const clustered = this.redis.connections.clustered ? 1 : 0;
    const args = { number: (this.flights += 1), count, clustered };
    return sendTwice(this.redis, () => this.redis.run(publishEvents, { keys, restKeys, args, rest }));
  }

  private refuse(parcels: readonly Parcel[], error: unknown): void {
    for (const { events, reject } of parcels) {
      this.metrics.failed(events.length);
      reject(error);
    }
  }

  private remember(stream: string): Line {
    if (this.lines.size >= this.remembered) this.forget();
    const { keys, inbox } = this;
    const own = {
      stream: keys.stream(stream),
      idle: keys.idle(stream),
      producer: keys.producer(stream, inbox.process),
    };
    const line = { stream, keys: own, waiting: [], isFlying: false };
    this.lines.set(stream, line);
    return line;
  }

  private forget(): void {
    for (const { stream, isFlying } of this.lines.values()) if (!isFlying) this.lines.delete(stream);
    this.remembered = Math.max(REMEMBERED, 2 * this.lines.size);
  }
}

/** Takes those who fly together, in the order in which they came. */
function board(line: Line): Parcel[] {
  const { waiting } = line;
  let [events, size, end] = [0, 0, 0];
  for (; end < waiting.length; end += 1) {
    events += waiting[end].events.length;
    size += waiting[end].size;
    if (end > 0 && (events > MAX_EVENTS || size > MAX_SIZE)) break;
  }
  line.waiting = waiting.slice(end);
  return waiting.slice(0, end);
}

/** Cuts what one caller publishes into what may leave together. */
function packed(events: readonly Outgoing[]): Outgoing[][] {
  const parcels: Outgoing[][] = [];
  let size = Infinity;
  for (const event of events) {
    size += event.text.length;
    if (size > MAX_SIZE || parcels[parcels.length - 1].length === MAX_EVENTS) {
      parcels.push([]);
      size = event.text.length;
    }
    parcels[parcels.length - 1].push(event);
  }
  return parcels;
}

function land(parcels: readonly Parcel[], ids: string[]): void {
  if (parcels.length === 1) return parcels[0].resolve(ids);
  let at = 0;
  for (const { events, resolve } of parcels) resolve(ids.slice(at, (at += events.length)));
}
