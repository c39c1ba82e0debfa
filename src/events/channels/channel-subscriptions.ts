import { Injectable } from '@nestjs/common';
import { CommandDeadline, RedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import {
  type ChannelListener,
  type ChannelSelector,
  ChannelTransport,
  type Subscription,
} from './channel-transport.js';

/** What this process has subscribed to: each channel and pattern once, for as long as somebody listens to it. */
@Injectable()
export class ChannelSubscriptions {
  /** By the name of the channel behind a `c`, or the pattern behind a `p`. */
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly deadline: CommandDeadline;

  constructor(
    redis: RedisClient,
    private readonly transport: ChannelTransport,
  ) {
    this.deadline = new CommandDeadline(redis.connections.commandTimeoutMs, () => transport.reconnect());
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
    await this.transport.untilListening();
    const { subscription, end } = this.join(selector, listener);
    try {
      await this.deadline.race(() => this.transport.begin(subscription));
      return end;
    } catch (error) {
      end();
      throw new StateStoreUnavailableError({ cause: error });
    }
  }

  /** As {@link add}, but a Redis that is away is waited for in the background. */
  keep(selector: ChannelSelector, listener: ChannelListener): () => void {
    const { subscription, end } = this.join(selector, listener);
    this.transport.begin(subscription).catch(() => undefined);
    return end;
  }

  private join(selector: ChannelSelector, listener: ChannelListener) {
    const { channel, pattern } = selector;
    const name = pattern === undefined ? `c${channel}` : `p${pattern}`;
    const subscription = this.subscriptions.get(name) ?? { selector, listeners: new Set() };
    this.subscriptions.set(name, subscription);
    subscription.listeners.add(listener);
    const end = () => {
      if (!subscription.listeners.delete(listener) || subscription.listeners.size > 0) return;
      this.subscriptions.delete(name);
      this.transport.end(subscription);
    };
    return { subscription, end };
  }
}
