import { Body, Controller, Get, Header, Headers, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ValidationFailedError } from '../../errors/index.js';
import { Idempotent, IdParam, RequestMark } from '../../http/index.js';
import type { CloudEvent } from './cloud-event.js';
import { CloudEventDto, EventPageDto } from './dto/event-page.dto.js';
import { PublishedDto, PublishEventDto } from './dto/publish-event.dto.js';
import { ReadEventsQuery } from './dto/read-events.query.js';
import type { EventDraft } from './event-text.js';
import { LiveStreams } from './live/live-streams.js';
import { StreamsService } from './streams.service.js';

const JSON_TYPE = 'application/json';
const CLOUD_EVENT = 'application/cloudevents+json';
const EVENT_STREAM = 'text/event-stream';

@ApiTags('Events')
@Controller('v1/streams/:stream/events')
export class StreamsController {
  constructor(
    private readonly streams: StreamsService,
    private readonly live: LiveStreams,
  ) {}

  @Post()
  @Idempotent()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Publish an event; once this is answered it is stored' })
  @ApiConsumes(JSON_TYPE, CLOUD_EVENT)
  @ApiExtraModels(PublishEventDto, CloudEventDto)
  @ApiBody({
    schema: { oneOf: [{ $ref: getSchemaPath(PublishEventDto) }, { $ref: getSchemaPath(CloudEventDto) }] },
  })
  @ApiCreatedResponse({ type: PublishedDto })
  @ApiResponse({ status: 413, description: 'EVENT_TOO_LARGE, BODY_TOO_LARGE' })
  publish(
    @IdParam('stream') stream: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: Record<string, unknown>,
    @RequestMark() requestId: string | undefined,
  ): Promise<PublishedDto> {
    return this.streams.publish(stream, eventOf(contentType, body), { requestId });
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary:
      'Read events in pages, or follow them live with `Accept: text/event-stream`: what comes after the last event id, or what is new',
  })
  @ApiProduces(JSON_TYPE, EVENT_STREAM)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'For event streams, and before `after`: the id of the event that was received last',
    schema: { type: 'string' },
  })
  @ApiOkResponse({ type: EventPageDto })
  async read(
    @IdParam('stream') stream: string,
    @Query() { after, limit }: ReadEventsQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventPageDto | undefined> {
    if (!accept?.includes(EVENT_STREAM)) return this.streams.read(stream, { after, limit });
    await this.live.serve(stream, lastEventId ?? after, reply);
    return undefined;
  }
}

/** @throws ValidationFailedError for an event of the other type. */
function eventOf(contentType: string | undefined, body: Record<string, unknown>): CloudEvent | EventDraft {
  const isCloudEvent = contentType?.startsWith(CLOUD_EVENT) ?? false;
  const hasVersion = typeof body === 'object' && body !== null && 'specversion' in body;
  if (
    !hasVersion &&
    !isCloudEvent &&
    typeof body === 'object' &&
    !Array.isArray(body) &&
    body?.data === undefined
  ) {
    throw new ValidationFailedError([{ path: 'data', message: 'must be there; it may be null' }]);
  }
  if (hasVersion === isCloudEvent) return body as unknown as CloudEvent | EventDraft;
  const message = isCloudEvent ? "must be '1.0'" : `belongs to the content type ${CLOUD_EVENT}`;
  throw new ValidationFailedError([{ path: 'specversion', message }]);
}
