export { EventsModule } from './events.module.js';
export { ChannelsService } from './channels/channels.service.js';
export { type ChannelContext } from './channels/channel-methods.js';
export { type ChannelMessage } from './channels/channel-message.js';
export { type ChannelListener, type ChannelSelector } from './channels/channel-transport.js';
export { OnChannel, type OnChannelOptions } from './channels/decorators/on-channel.decorator.js';
export { StreamsModule } from './streams/streams.module.js';
export { type CloudEvent } from './streams/cloud-event.js';
export { OnStream, type OnStreamOptions } from './streams/groups/decorators/on-stream.decorator.js';
export { type StreamContext } from './streams/groups/delivery.js';
export type { StoredEvent } from './streams/entry.js';
export type { EventDraft } from './streams/event-text.js';
export { EventTooLargeError } from './streams/streams.errors.js';
export {
  type EventPage,
  type PublishOptions,
  type ReadOptions,
  StreamsService,
} from './streams/streams.service.js';
export { Retention } from './streams/retention/retention.js';
export { GroupsService } from './streams/groups/groups.service.js';
export { GroupNotFoundError } from './streams/groups/groups.errors.js';
export { Outbox } from './transactional/outbox.js';
export { TransactionalInbox } from './transactional/transactional-inbox.js';
export { TransactionalEventsModule } from './transactional/transactional-events.module.js';
export {
  REDIS_STREAMS,
  type RedisStreamsOptions,
  RedisStreamsStrategy,
} from './adapters/redis-streams.strategy.js';
export { RedisStreamsClient, type RedisStreamsClientOptions } from './adapters/redis-streams.client.js';
export { RedisStreamsContext } from './adapters/redis-streams.context.js';
export { RedisStreamsRecord } from './adapters/redis-streams.record.js';
export { ReplyTimeoutError } from './events.errors.js';
