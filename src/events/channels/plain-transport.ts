import { once } from 'node:events';
import { type RedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import { ChannelTransport, type Subscription } from './channel-transport.js';
import type { ChannelsKeys } from './channels.keys.js';

interface Asked {
  readonly subscription: Subscription;
  /** Settles when Redis has it; anew after each connection. */
  ready: Promise<unknown>;
}

/** PUBLISH, SUBSCRIBE and PSUBSCRIBE of one server, on the one connection for pub/sub of this process. */
export class PlainTransport extends ChannelTransport {
  /** By the channel or pattern of Redis, patterns behind a `p`, and channels behind a `c`. */
  private readonly asked = new Map<string, Asked>();
  private wasLost = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ChannelsKeys,
  ) {
    super();
    const { subscriber } = this;
    subscriber.on('message', (channel: string, text: string) => this.heard(`c${channel}`, channel, text));
    subscriber.on('pmessage', (pattern: string, channel: string, text: string) =>
      this.heard(`p${pattern}`, channel, text),
    );
    subscriber.on('close', () => (this.wasLost = true));
    subscriber.on('ready', () => void this.renew());
  }

  /** One round trip. */
  publish(channel: string, text: string): Promise<number> {
    const key = this.keys.channel(channel);
    return this.redis.call('channels.publish', (redis) => redis.publish(key, text));
  }

  async untilListening(): Promise<void> {
    if (this.isListening) return;
    const signal = AbortSignal.timeout(this.redis.connections.commandTimeoutMs);
    await once(this.subscriber, 'ready', { signal }).catch((cause: unknown) => {
      throw new StateStoreUnavailableError({ cause });
    });
  }

  begin(subscription: Subscription): Promise<unknown> {
    const name = this.nameOf(subscription);
    const asked = this.asked.get(name) ?? { subscription, ready: this.ask(name) };
    this.asked.set(name, asked);
    return asked.ready;
  }

  end(subscription: Subscription): void {
    const name = this.nameOf(subscription);
    this.asked.delete(name);
    const { subscriber } = this;
    const what = name.slice(1);
    const ended = name[0] === 'p' ? subscriber.punsubscribe(what) : subscriber.unsubscribe(what);
    // With the connection it ends as well.
    ended.catch(() => undefined);
  }

  /** A connection that looks alive may have nobody at its other end. */
  reconnect(): void {
    if (this.isListening) this.subscriber.disconnect(true);
  }

  private get subscriber() {
    return this.redis.connections.subscriber;
  }

  private get isListening(): boolean {
    return this.subscriber.status === 'ready';
  }

  private nameOf({ selector: { channel, pattern } }: Subscription): string {
    return pattern === undefined ? `c${this.keys.channel(channel ?? '')}` : `p${this.keys.pattern(pattern)}`;
  }

  private heard(name: string, channel: string, text: string): void {
    const asked = this.asked.get(name);
    if (asked) this.hear([asked.subscription], this.keys.nameOf(channel), text);
  }

  private ask(name: string): Promise<unknown> {
    const what = name.slice(1);
    const { subscriber } = this;
    const ready = name[0] === 'p' ? subscriber.psubscribe(what) : subscriber.subscribe(what);
    // Whoever waits for it is told; the next 'ready' asks again for the others.
    ready.catch(() => undefined);
    return ready;
  }

  private async renew(): Promise<void> {
    for (const [name, asked] of this.asked) asked.ready = this.ask(name);
    const { wasLost } = this;
    this.wasLost = false;
    const renewed = [...this.asked.values()];
    const outcomes = await Promise.allSettled(renewed.map(({ ready }) => ready));
    if (outcomes.some(({ status }) => status === 'rejected')) {
      // It is gone again, and what it missed is told after the next time.
      this.wasLost ||= wasLost;
      return;
    }
    if (wasLost) this.tellGap(renewed.map(({ subscription }) => subscription));
  }
}
