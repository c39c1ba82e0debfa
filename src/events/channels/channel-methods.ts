import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DecoratedMethods } from '../decorated-methods.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import type { ChannelSelector } from './channel-transport.js';
import { checkSelector } from './channels.service.js';
import { ON_CHANNEL } from './decorators/on-channel.decorator.js';

/** What `@OnChannel` methods are told beside the data. */
export interface ChannelContext {
  readonly channel: string;
}

/** Lets the `@OnChannel` methods of the app listen, from its start to its shutdown. */
@Injectable()
export class ChannelMethods implements OnApplicationBootstrap, OnApplicationShutdown {
  private ends: (() => void)[] = [];

  constructor(
    private readonly methods: DecoratedMethods,
    private readonly subscriptions: ChannelSubscriptions,
  ) {}

  /** @throws ValidationFailedError for a name that is none. */
  onApplicationBootstrap(): void {
    const methods = this.methods.find<ChannelSelector, [unknown, ChannelContext]>(ON_CHANNEL);
    this.ends = methods.map(({ noted, call }) => {
      checkSelector(noted);
      return this.subscriptions.keep(noted, { message: ({ data, channel }) => call(data, { channel }) });
    });
  }

  onApplicationShutdown(): void {
    for (const end of this.ends) end();
    this.ends = [];
  }
}
