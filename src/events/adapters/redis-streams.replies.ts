import { Injectable } from '@nestjs/common';
import type { WritePacket } from '@nestjs/microservices';
import { defer, distinctUntilChanged, fromEvent, map, merge, type Observable, startWith } from 'rxjs';
import { RedisClient, RedisTime } from '../../redis/index.js';
import { Inbox } from '../streams/inbox.js';
import { OwnChannel } from '../streams/own-channel.js';
import { StreamsKeys } from '../streams/streams.keys.js';

/** Two clocks do not part by much meanwhile, unless one is set. */
const TIME_HOLDS_MS = 10_000;

export interface Reply extends WritePacket {
  /** Of the event that asks. */
  readonly id: string;
  /** Counts the replies to one request, from 0. */
  readonly n: number;
}

export type TransportStatus = 'connected' | 'disconnected';

/**
 * What the strategy and the clients of a process share. The replies to what it has asked come on one channel, which nobody else
 * hears, and go to whoever waits for them.
 */
@Injectable()
export class Replies {
  private readonly channel: OwnChannel;
  private readonly waiting = new Map<string, (reply: Reply) => void>();
  private readonly time = new RedisTime();
  /** On the clock that does not jump. */
  private askTimeAt = 0;
  private isOpen = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: StreamsKeys,
    private readonly inbox: Inbox,
  ) {
    this.channel = new OwnChannel(redis, keys.replies(inbox.process));
    this.channel.on('message', (text) => this.hear(text));
  }

  /** To whom replies go. */
  get process(): string {
    return this.inbox.process;
  }

  /** The connection for commands. */
  get connection() {
    return this.redis.connections.commands;
  }

  /** Whether commands can be sent, now and whenever that changes. */
  get status(): Observable<TransportStatus> {
    const tell = (event: string, status: TransportStatus) =>
      fromEvent(this.connection, event).pipe(map(() => status));
    return defer(() =>
      merge(tell('ready', 'connected'), tell('close', 'disconnected')).pipe(
        startWith<TransportStatus>(this.redis.ready ? 'connected' : 'disconnected'),
        distinctUntilChanged(),
      ),
    );
  }

  /** @returns what ends it: nobody waits for replies to this request any more. */
  expect(id: string, hear: (reply: Reply) => void): () => void {
    this.waiting.set(id, hear);
    return () => this.waiting.delete(id);
  }

  /** Before anything is asked. One round trip for the first time, else none. @throws StateStoreUnavailableError while no reply would be heard. */
  async untilHeard(): Promise<void> {
    if (!this.isOpen) {
      this.isOpen = true;
      this.channel.open();
    }
    await this.channel.untilHeard();
  }

  /** No reply came: the connection may only look alive. */
  doubt(): void {
    void this.channel.listen();
  }

  /**
   * Tells the process that has asked, if it is still there. One round trip.
   *
   * @param text a {@link Reply} as JSON.
   * @throws StateStoreUnavailableError: it may have been told.
   */
  async send(process: string, text: string): Promise<void> {
    const channel = this.keys.replies(process);
    await this.redis.call('events.reply', (redis) => redis.publish(channel, text));
  }

  /** Redis' time, ms: the processes of a fleet do not agree on theirs. One round trip in ten seconds. @throws StateStoreUnavailableError */
  async now(): Promise<number> {
    if (performance.now() >= this.askTimeAt) {
      const [seconds, micros] = await this.redis.call('events.time', (redis) => redis.time());
      this.time.correct(Number(seconds) * 1000 + Number(micros) / 1000);
      this.askTimeAt = performance.now() + TIME_HOLDS_MS;
    }
    return this.time.nowMs;
  }

  private hear(text: string): void {
    let reply: Reply | null;
    try {
      reply = JSON.parse(text) as Reply | null;
    } catch {
      // Somebody else has written it.
      return;
    }
    if (reply) this.waiting.get(reply.id)?.(reply);
  }
}
