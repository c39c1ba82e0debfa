import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ValidationFailedError } from '../../errors/index.js';
import { IdParam } from '../../http/index.js';
import { SseConnection } from '../sse/sse-connection.js';
import type { ChannelMessage } from './channel-message.js';
import type { ChannelListener, ChannelSelector } from './channel-transport.js';
import { ChannelsService } from './channels.service.js';
import { MessageDto, ReceiversDto } from './dto/message.dto.js';
import { MAX_SELECTORS, SubscriptionQuery } from './dto/subscription.query.js';

const GAP = Buffer.from('event: gap\ndata: {}\n\n');

@ApiTags('Events')
@Controller('v1/channels')
export class ChannelsController {
  constructor(private readonly channels: ChannelsService) {}

  @Post(':channel/messages')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tell those who listen to a channel now; nothing is kept' })
  @ApiAcceptedResponse({ type: ReceiversDto })
  publish(@IdParam('channel') channel: string, @Body() { data }: MessageDto): Promise<ReceiversDto> {
    return this.channels.publish(channel, data);
  }

  @Get('subscription')
  @ApiOperation({
    summary: 'Listen to channels by name and pattern; a frame of `event: gap` tells that some may be lost',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Frames of { channel, data }', schema: { type: 'string' } })
  async subscribe(
    @Query() { channel, pattern }: SubscriptionQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const selectors = [
      ...channel.map((each) => ({ channel: each })),
      ...pattern.map((each) => ({ pattern: each })),
    ];
    if (selectors.length < 1 || selectors.length > MAX_SELECTORS) {
      const message = `are 1 to ${MAX_SELECTORS} with the patterns`;
      throw new ValidationFailedError([{ path: 'channel', message }]);
    }
    await this.serve(selectors, reply);
  }

  /** Until the client is gone. It is answered when it listens to all of them. */
  private async serve(selectors: readonly ChannelSelector[], reply: FastifyReply): Promise<void> {
    const client = new Client();
    const subscribing = selectors.map((selector) => this.channels.subscribe(selector, client));
    try {
      await Promise.all(subscribing);
      await client.serve(new SseConnection(reply));
    } finally {
      const subscribed = await Promise.allSettled(subscribing);
      for (const each of subscribed) if (each.status === 'fulfilled') each.value();
    }
  }
}

/** Sends what it hears; what comes before the answer has begun waits for that. */
class Client implements ChannelListener {
  private readonly early: Buffer[] = [];
  private connection?: SseConnection;

  message({ frame }: ChannelMessage): void {
    this.send(frame);
  }

  gap(): void {
    this.send(GAP);
  }

  async serve(connection: SseConnection): Promise<void> {
    this.connection = connection;
    for (const frame of this.early.splice(0)) connection.send(frame);
    await connection.closed;
  }

  private send(frame: Buffer): void {
    if (this.connection) this.connection.send(frame);
    else this.early.push(frame);
  }
}
