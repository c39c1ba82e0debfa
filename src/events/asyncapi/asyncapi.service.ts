import { Injectable } from '@nestjs/common';
import { API_INFO, ApiSchemas } from '../../http/index.js';
import { ChannelsKeys } from '../channels/channels.keys.js';
import { type ChannelHandling, ON_CHANNEL } from '../channels/decorators/on-channel.decorator.js';
import { DecoratedMethods } from '../decorated-methods.js';
import { CloudEventDto } from '../streams/dto/event-page.dto.js';
import type { StreamSubscription } from '../streams/groups/decorators/on-stream.decorator.js';
import { StreamConsumers } from '../streams/groups/stream-consumers.js';
import { StreamsKeys } from '../streams/streams.keys.js';
import type { AsyncApiDocument, Channel, Operation } from './asyncapi-document.js';
import { channelId, channelOperation, describeChannel, nameOf } from './channel-description.js';
import { describeStream, streamId, streamOperation } from './stream-description.js';

/** Where Redis is, is nothing to tell to whoever may read this. */
const SERVERS = {
  redis: {
    host: '{redis}',
    protocol: 'redis',
    description:
      'For programs beside this one. Clients have streams and channels by REST, as /openapi.json says.',
    variables: { redis: { description: 'Where REDIS_URL leads', examples: ['localhost:6379'] } },
  },
};

/** Says what the handlers of streams and channels in the app receive. */
@Injectable()
export class AsyncApiService {
  constructor(
    private readonly consumers: StreamConsumers,
    private readonly methods: DecoratedMethods,
    private readonly schemas: ApiSchemas,
    private readonly streamsKeys: StreamsKeys,
    private readonly channelsKeys: ChannelsKeys,
  ) {}

  /** An AsyncAPI 3.0 document. No round trip. */
  document(): AsyncApiDocument {
    const streams = this.consumers.handling;
    const channels = this.methods.find<ChannelHandling, never[]>(ON_CHANNEL);
    const models = [
      ...streams
        .flatMap(({ options }) => Object.values(options.events ?? {}))
        .filter((model) => model !== undefined),
      ...channels.flatMap(({ noted }) => noted.data ?? []),
    ];
    return {
      asyncapi: '3.0.0',
      info: API_INFO,
      servers: SERVERS,
      channels: {
        ...this.describeStreams(streams),
        ...this.describeChannels(channels.map(({ noted }) => noted)),
      },
      operations: byName([
        ...streams.map((each) => [each.name, streamOperation(each)] as const),
        ...channels.map(({ name, noted }) => [name, channelOperation(noted)] as const),
      ]),
      components: { schemas: this.schemas.of([CloudEventDto, ...models]) },
    };
  }

  private describeStreams(all: readonly StreamSubscription[]): Record<string, Channel> {
    const channels = grouped(all, ({ stream }) => streamId(stream)).map(([id, handlers]) => {
      const [{ stream }] = handlers;
      const options = handlers.map((each) => each.options);
      return [id, describeStream(stream, this.streamsKeys.stream(stream), options)] as const;
    });
    return Object.fromEntries(channels);
  }

  private describeChannels(all: readonly ChannelHandling[]): Record<string, Channel> {
    const channels = grouped(all, channelId).map(([id, handlers]) => {
      const [{ pattern }] = handlers;
      const name = nameOf(handlers[0]);
      const inRedis =
        pattern === undefined ? this.channelsKeys.channel(name) : this.channelsKeys.pattern(pattern);
      return [id, describeChannel(inRedis, handlers)] as const;
    });
    return Object.fromEntries(channels);
  }
}

function grouped<T>(all: readonly T[], idOf: (each: T) => string): [id: string, each: T[]][] {
  const ids = [...new Set(all.map(idOf))];
  return ids.map((id) => [id, all.filter((each) => idOf(each) === id)]);
}

/** Classes of different modules may share a name, so a number tells them apart. */
function byName(operations: readonly (readonly [string, Operation])[]): Record<string, Operation> {
  const named: Record<string, Operation> = {};
  for (const [name, operation] of operations) {
    let id = name;
    for (let n = 2; id in named; n += 1) id = `${name}-${n}`;
    named[id] = operation;
  }
  return named;
}
