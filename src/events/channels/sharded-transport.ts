import type { RedisClient, ShardedSubscriber } from '../../redis/index.js';
import { ChannelPattern } from './channel-pattern.js';
import { ChannelTransport, type Subscription } from './channel-transport.js';
import type { ChannelsKeys } from './channels.keys.js';
import { publishMessage } from './channels.scripts.js';

/** All messages of a topic, or all there are, for those who listen by pattern. */
interface Feed {
  /** One a shard. */
  readonly channels: readonly string[];
  readonly patterns: Map<Subscription, ChannelPattern>;
}

/**
 * SPUBLISH and SSUBSCRIBE of a Cluster, at the node that has the slot. Redis knows no patterns there: the messages of the
 * topic of a pattern, or all where it has none, come to this process, which takes those whose names fit.
 */
export class ShardedTransport extends ChannelTransport {
  private readonly subscriber: ShardedSubscriber;
  private readonly names = new Map<string, Subscription>();
  /** By each of their channels. */
  private readonly feeds = new Map<string, Feed>();

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ChannelsKeys,
  ) {
    super();
    this.subscriber = redis.connections.sharded({
      message: (channel, text) => this.heard(channel, text),
      gap: (channels) => this.tellGap(channels.flatMap((channel) => this.subscriptionsOf(channel))),
    });
  }

  /** One round trip. */
  publish(channel: string, text: string): Promise<number> {
    const keys = this.keys.sharded(channel);
    return this.redis.run(publishMessage, { keys, args: { name: encodeURIComponent(channel), text } });
  }

  /** Its connections are made when they are needed. */
  untilListening(): Promise<void> {
    return Promise.resolve();
  }

  begin(subscription: Subscription): Promise<unknown> {
    const { channel, pattern } = subscription.selector;
    if (pattern !== undefined) return this.follow(subscription, new ChannelPattern(pattern));
    const { name } = this.keys.sharded(channel ?? '');
    this.names.set(name, subscription);
    return this.subscriber.subscribe(name);
  }

  end(subscription: Subscription): void {
    const { channel, pattern } = subscription.selector;
    if (pattern !== undefined) return this.unfollow(subscription, new ChannelPattern(pattern));
    const { name } = this.keys.sharded(channel ?? '');
    this.names.delete(name);
    this.subscriber.unsubscribe(name);
  }

  /** A node that is silent loses its connection by itself. */
  reconnect(): void {}

  private follow(subscription: Subscription, pattern: ChannelPattern): Promise<unknown> {
    const channels = this.keys.feed(pattern.topic);
    const feed = this.feeds.get(channels[0]) ?? { channels, patterns: new Map() };
    feed.patterns.set(subscription, pattern);
    return Promise.all(
      channels.map((channel) => {
        this.feeds.set(channel, feed);
        return this.subscriber.subscribe(channel);
      }),
    );
  }

  private unfollow(subscription: Subscription, { topic }: ChannelPattern): void {
    const feed = this.feeds.get(this.keys.feed(topic)[0]);
    if (!feed?.patterns.delete(subscription) || feed.patterns.size > 0) return;
    for (const channel of feed.channels) {
      this.feeds.delete(channel);
      this.subscriber.unsubscribe(channel);
    }
  }

  private heard(channel: string, text: string): void {
    const subscription = this.names.get(channel);
    if (subscription) return this.hear([subscription], subscription.selector.channel ?? '', text);
    const feed = this.feeds.get(channel);
    if (!feed) return;
    const space = text.indexOf(' ');
    const name = decodeName(text.slice(0, space));
    const bytes = Buffer.from(name);
    const takers = [...feed.patterns].filter(([, pattern]) => pattern.takes(bytes)).map(([taker]) => taker);
    if (takers.length > 0) this.hear(takers, name, text.slice(space + 1));
  }

  private subscriptionsOf(channel: string): Subscription[] {
    const subscription = this.names.get(channel);
    return subscription ? [subscription] : [...(this.feeds.get(channel)?.patterns.keys() ?? [])];
  }
}

/** One that cannot be decoded was published by somebody else, as was its text. */
function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
