import { once } from 'node:events';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CommandDeadline, RedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import { ChannelMessage } from './channel-message.js';
import { ChannelsKeys } from './channels.keys.js';

/** Either the name of a channel or a pattern over names, as PSUBSCRIBE has them: `*`, `?`, `[a-c]`, and `\` before one of these. */
export interface ChannelSelector {
  readonly channel?: string;
  readonly pattern?: string;
}

export interface ChannelListener {
  message(message: ChannelMessage): unknown;
  /** The connection was lost, and is back: what was published meanwhile did not come, and never will. */
  gap?(): unknown;
}

/** Those who hear one channel or pattern. */
interface Subscription {
  readonly isPattern: boolean;
  readonly listeners: Set<ChannelListener>;
  /** Settles when Redis has it; anew after each connection. */
  ready: Promise<unknown>;
}

/**
 * What this process has subscribed to, on its one connection for pub/sub: each channel and pattern once, for as long as somebody
 * listens to it.
 */
@Injectable()
export class ChannelSubscriptions implements OnModuleInit {
  /** By the channel or pattern of Redis, patterns behind a `p`, and channels behind a `c`. */
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly logger = new Logger('Channels');
  private readonly deadline: CommandDeadline;
  private wasLost = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ChannelsKeys,
  ) {
    this.deadline = new CommandDeadline(redis.connections.commandTimeoutMs, () => this.reconnect());
  }

  onModuleInit(): void {
    const { subscriber } = this;
    subscriber.on('message', (channel: string, text: string) => this.hear(`c${channel}`, channel, text));
    subscriber.on('pmessage', (pattern: string, channel: string, text: string) =>
      this.hear(`p${pattern}`, channel, text),
    );
    subscriber.on('close', () => (this.wasLost = true));
    subscriber.on('ready', () => void this.renew());
  }

  private get isListening(): boolean {
    return this.subscriber.status === 'ready';
  }

  /** How many channels and patterns Redis is asked for. */
  get size(): number {
    return this.subscriptions.size;
  }

  /**
   * One round trip for the first listener of a channel or pattern, none for the others.
   *
   * @returns what ends it, in one round trip for the last listener.
   * @throws StateStoreUnavailableError, and nobody listens.
   */
  async add(selector: ChannelSelector, listener: ChannelListener): Promise<() => void> {
    await this.untilListening();
    const end = this.keep(selector, listener);
    try {
      await this.deadline.race(async () => this.subscriptions.get(this.nameOf(selector))?.ready);
      return end;
    } catch (error) {
      end();
      throw new StateStoreUnavailableError({ cause: error });
    }
  }

  /** As {@link add}, but a Redis that is away is waited for in the background. */
  keep(selector: ChannelSelector, listener: ChannelListener): () => void {
    const name = this.nameOf(selector);
    const subscription = this.subscriptions.get(name) ?? this.begin(name);
    subscription.listeners.add(listener);
    return () => {
      if (subscription.listeners.delete(listener) && subscription.listeners.size === 0) this.finish(name);
    };
  }

  /** Within the deadline of a command. @throws StateStoreUnavailableError */
  private async untilListening(): Promise<void> {
    if (this.isListening) return;
    const signal = AbortSignal.timeout(this.redis.connections.commandTimeoutMs);
    await once(this.subscriber, 'ready', { signal }).catch((cause: unknown) => {
      throw new StateStoreUnavailableError({ cause });
    });
  }

  /** A connection that looks alive may have nobody at its other end. */
  private reconnect(): void {
    if (this.isListening) this.subscriber.disconnect(true);
  }

  private get subscriber() {
    return this.redis.connections.subscriber;
  }

  private nameOf({ channel, pattern }: ChannelSelector): string {
    return pattern === undefined ? `c${this.keys.channel(channel ?? '')}` : `p${this.keys.pattern(pattern)}`;
  }

  private begin(name: string): Subscription {
    const subscription = {
      isPattern: name[0] === 'p',
      listeners: new Set<ChannelListener>(),
      ready: this.ask(name),
    };
    this.subscriptions.set(name, subscription);
    return subscription;
  }

  private finish(name: string): void {
    this.subscriptions.delete(name);
    const { subscriber } = this;
    const what = name.slice(1);
    const ended = name[0] === 'p' ? subscriber.punsubscribe(what) : subscriber.unsubscribe(what);
    // With the connection it ends as well.
    ended.catch(() => undefined);
  }

  private ask(name: string): Promise<unknown> {
    const what = name.slice(1);
    const { subscriber } = this;
    const asked = name[0] === 'p' ? subscriber.psubscribe(what) : subscriber.subscribe(what);
    // Whoever waits for it is told; the next 'ready' asks again for the others.
    asked.catch(() => undefined);
    return asked;
  }

  private async renew(): Promise<void> {
    for (const [name, subscription] of this.subscriptions) subscription.ready = this.ask(name);
    const { wasLost } = this;
    this.wasLost = false;
    const renewed = [...this.subscriptions.values()];
    const outcomes = await Promise.allSettled(renewed.map(({ ready }) => ready));
    if (outcomes.some(({ status }) => status === 'rejected')) {
      // It is gone again, and what it missed is told after the next time.
      this.wasLost ||= wasLost;
      return;
    }
    if (!wasLost) return;
    // Once to who listens to several.
    const told = new Set(renewed.flatMap(({ listeners }) => [...listeners]));
    for (const listener of told) this.call(() => listener.gap?.());
  }

  private hear(name: string, channel: string, text: string): void {
    const subscription = this.subscriptions.get(name);
    if (!subscription) return;
    let message: ChannelMessage;
    try {
      message = ChannelMessage.read(this.keys.nameOf(channel), text);
    } catch {
      this.logger.warn('a message that is no JSON was left out');
      return;
    }
    for (const listener of subscription.listeners) this.call(() => listener.message(message));
  }

  /** A listener that fails fails no other. */
  private call(listener: () => unknown): void {
    const report = (error: Error) =>
      this.logger.error(`a listener failed: ${error?.message ?? String(error)}`);
    try {
      Promise.resolve(listener()).catch(report);
    } catch (error) {
      report(error as Error);
    }
  }
}
