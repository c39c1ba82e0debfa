import { Body, Controller, Get, HttpCode, Post, Put, Query, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { closedConnection, IdParam } from '../../../http/index.js';
import { DeadLettersDto } from './dto/dead-letter.dto.js';
import { DeadLettersQuery } from './dto/dead-letters.query.js';
import { DefineGroupDto } from './dto/define-group.dto.js';
import { DeliveriesDto } from './dto/delivery.dto.js';
import { GroupDto, GroupSettingsDto } from './dto/group.dto.js';
import { AckDto, AckedDto, NackDto, NackedDto, RedriveDto, RedrivenDto } from './dto/ids.dto.js';
import { TakeDeliveriesDto } from './dto/take-deliveries.dto.js';
import { GroupsService } from './groups.service.js';

const NOT_FOUND = { description: 'GROUP_NOT_FOUND' };

@ApiTags('Events')
@Controller('v1/streams/:stream/groups/:group')
export class GroupsController {
  constructor(private readonly groups: GroupsService) {}

  @Put()
  @ApiOperation({ summary: 'Make a consumer group, or give the one that is there other settings' })
  @ApiOkResponse({ type: GroupSettingsDto })
  define(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Body() body: DefineGroupDto,
  ): Promise<GroupSettingsDto> {
    return this.groups.define(stream, group, body);
  }

  @Get()
  @ApiOperation({ summary: 'Show how a consumer group stands' })
  @ApiOkResponse({ type: GroupDto })
  @ApiNotFoundResponse(NOT_FOUND)
  inspect(@IdParam('stream') stream: string, @IdParam('group') group: string): Promise<GroupDto> {
    return this.groups.inspect(stream, group);
  }

  @Post('deliveries')
  @HttpCode(200)
  @ApiOperation({ summary: 'Lease events to a consumer; with waitMs the answer waits for one' })
  @ApiOkResponse({ type: DeliveriesDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async take(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Body() body: TakeDeliveriesDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveriesDto> {
    const request = { ...body, signal: closedConnection(reply) };
    return DeliveriesDto.from(await this.groups.take(stream, group, request));
  }

  @Post('acks')
  @HttpCode(200)
  @ApiOperation({ summary: 'Acknowledge events: they are done, and come no more' })
  @ApiOkResponse({ type: AckedDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async ack(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Body() { ids }: AckDto,
  ): Promise<AckedDto> {
    return { acked: await this.groups.ack(stream, group, ids) };
  }

  @Post('nacks')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give events back, to be delivered again or to be dead letters after the last time',
  })
  @ApiOkResponse({ type: NackedDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async nack(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Body() { ids, delayMs }: NackDto,
  ): Promise<NackedDto> {
    return { nacked: await this.groups.nack(stream, group, ids, delayMs) };
  }

  @Get('dead-letters')
  @ApiOperation({ summary: 'List the dead letters of a group, the oldest first' })
  @ApiOkResponse({ type: DeadLettersDto })
  @ApiNotFoundResponse(NOT_FOUND)
  deadLetters(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Query() { limit, cursor }: DeadLettersQuery,
  ): Promise<DeadLettersDto> {
    return this.groups.deadLetters(stream, group, { limit, after: cursor });
  }

  @Post('dead-letters/redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Deliver dead letters anew, to this group alone' })
  @ApiOkResponse({ type: RedrivenDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async redrive(
    @IdParam('stream') stream: string,
    @IdParam('group') group: string,
    @Body() { ids }: RedriveDto,
  ): Promise<RedrivenDto> {
    return { redriven: await this.groups.redrive(stream, group, ids) };
  }
}
