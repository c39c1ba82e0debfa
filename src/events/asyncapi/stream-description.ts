import type { Type } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { CloudEventDto } from '../streams/dto/event-page.dto.js';
import type {
  OnStreamOptions,
  StreamSubscription,
} from '../streams/groups/decorators/on-stream.decorator.js';
import { completeOptions } from '../streams/groups/member-options.js';
import {
  addressOf,
  type Channel,
  dataSchema,
  documentId,
  type Message,
  type Operation,
} from './asyncapi-document.js';

const ENVELOPE = { $ref: getSchemaPath(CloudEventDto) };

export const streamId = (stream: string) => documentId(`stream.${stream}`);

/**
 * A stream as a channel, with a message for each type of events that its handlers name, or one for all.
 *
 * @param key of the stream in Redis.
 * @param handlers what the methods that handle it were given.
 */
export function describeStream(stream: string, key: string, handlers: readonly OnStreamOptions[]): Channel {
  const named = handlers.flatMap(({ events = {} }) => Object.entries(events));
  const types = [...new Set(named.map(([type]) => type))];
  const messages = types.map((type) => {
    const models = named.flatMap(([each, model]) => (each === type && model ? [model] : []));
    return [documentId(type), message(type, typedEvent(type, models))] as const;
  });
  return {
    address: addressOf(stream),
    title: stream,
    description: 'A stream: events stay until each of its groups has handled them.',
    messages: types.length > 0 ? Object.fromEntries(messages) : { event: message('event', ENVELOPE) },
    'x-redis-stream': key,
  };
}

/** A method that handles a stream. */
export function streamOperation({ stream, options }: StreamSubscription): Operation {
  const { group, events } = options;
  const channel = `#/channels/${streamId(stream)}`;
  return {
    action: 'receive',
    summary: `${group} handles ${stream}`,
    channel: { $ref: channel },
    messages:
      events && Object.keys(events).map((type) => ({ $ref: `${channel}/messages/${documentId(type)}` })),
    'x-consumer-group': { group, ...completeOptions(options) },
  };
}

function message(name: string, payload: object): Message {
  return { name, contentType: 'application/cloudevents+json', payload };
}

function typedEvent(type: string, models: readonly Type[]): object {
  const ofType = { type: 'object', properties: { type: { const: type } } };
  if (models.length === 0) return { allOf: [ENVELOPE, ofType] };
  const properties = { ...ofType.properties, data: dataSchema(models) };
  return { allOf: [ENVELOPE, { ...ofType, required: ['data'], properties }] };
}
