import type { ChannelHandling } from '../channels/decorators/on-channel.decorator.js';
import { addressOf, type Channel, dataSchema, documentId, type Operation } from './asyncapi-document.js';

export const nameOf = ({ channel, pattern }: ChannelHandling) => pattern ?? channel ?? '';

export const channelId = (handling: ChannelHandling) => documentId(`channel.${nameOf(handling)}`);

/**
 * @param inRedis the channel or the pattern of Redis.
 * @param handlers what the methods that listen to it were given; of one name or pattern.
 */
export function describeChannel(inRedis: string, handlers: readonly ChannelHandling[]): Channel {
  const [first] = handlers;
  const models = handlers.flatMap(({ data }) => data ?? []);
  const payload = models.length > 0 ? dataSchema(models) : {};
  const isPattern = first.pattern !== undefined;
  return {
    address: addressOf(nameOf(first)),
    title: nameOf(first),
    description: isPattern
      ? 'All channels with a name of this pattern, as PSUBSCRIBE has it: who listens now hears the message.'
      : 'A channel: who listens now hears the message.',
    messages: { message: { name: 'message', contentType: 'application/json', payload } },
    [isPattern ? 'x-redis-pattern' : 'x-redis-channel']: inRedis,
  };
}

/** A method that listens, in every process. */
export function channelOperation(handling: ChannelHandling): Operation {
  return {
    action: 'receive',
    summary: `Every process hears ${nameOf(handling)}`,
    channel: { $ref: `#/channels/${channelId(handling)}` },
  };
}
