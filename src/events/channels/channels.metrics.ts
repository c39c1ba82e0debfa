import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';

/** Shows how much this process listens to. */
@Injectable()
export class ChannelsMetrics {
  constructor(metrics: Metrics, subscriptions: ChannelSubscriptions) {
    const help = 'Channels and patterns that this process has subscribed to.';
    metrics.gauge('channel_subscriptions', help, [], (gauge) => gauge.set(subscriptions.size));
  }
}
