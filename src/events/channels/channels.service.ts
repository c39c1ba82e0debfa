import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../../errors/index.js';
import { ID_RULE, isId } from '../../redis/index.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { type ChannelListener, type ChannelSelector, ChannelTransport } from './channel-transport.js';

/**
 * Channels of messages that are not kept: who listens now hears them, and who does not, or whose connection is cut, never will. For
 * what must not be lost there are streams. Injectable.
 *
 * Redis commands: PUBLISH; SUBSCRIBE or PSUBSCRIBE for the first listener of a process, UNSUBSCRIBE or PUNSUBSCRIBE for the last one. In
 * a Cluster a script with SPUBLISH, SSUBSCRIBE and SUNSUBSCRIBE.
 */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly transport: ChannelTransport,
    private readonly subscriptions: ChannelSubscriptions,
  ) {}

  /**
   * Tells those who listen now. One round trip, O(subscribers).
   *
   * @param data any JSON.
   * @returns how many connections have heard it: processes that listen, however many listeners they have. In a Cluster that counts
   *   those that listen by pattern to the topic of the channel, or to all, whether they take it or not: 0 means nobody.
   * @throws ValidationFailedError; StateStoreUnavailableError: they may have heard it.
   */
  async publish(channel: string, data: unknown): Promise<{ receivers: number }> {
    checkName('channel', channel);
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new ValidationFailedError([{ path: 'data', message: 'must be JSON' }]);
    return { receivers: await this.transport.publish(channel, text) };
  }

  /**
   * Listens to one channel, or to all whose names a pattern takes. Messages of one channel come in the order in which Redis
   * has them. One round trip for the first listener in this process, none for the others.
   *
   * @returns what ends it.
   * @throws ValidationFailedError, StateStoreUnavailableError
   */
  subscribe(selector: ChannelSelector, listener: ChannelListener): Promise<() => void> {
    checkSelector(selector);
    return this.subscriptions.add(selector, listener);
  }
}

/** @throws ValidationFailedError unless it is either a channel or a pattern. */
export function checkSelector({ channel, pattern }: ChannelSelector): void {
  if ((channel === undefined) === (pattern === undefined)) {
    throw new ValidationFailedError([{ path: 'channel', message: 'is given, or a pattern, and not both' }]);
  }
  checkName(channel === undefined ? 'pattern' : 'channel', channel ?? pattern);
}

function checkName(path: string, name: unknown): void {
  if (!isId(name)) throw new ValidationFailedError([{ path, message: ID_RULE }]);
}
