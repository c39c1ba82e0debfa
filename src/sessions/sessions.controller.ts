import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Req, Res } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Idempotent } from '../http/index.js';
import { CarriesSession } from './decorators/carries-session.decorator.js';
import { SessionToken } from './decorators/session-token.decorator.js';
import { CreateSessionDto } from './dto/create-session.dto.js';
import { NewSessionAnswerDto, SessionAnswerDto } from './dto/session-answers.dto.js';
import { SessionDto } from './dto/session.dto.js';
import { UpdateSessionDto } from './dto/update-session.dto.js';
import { SessionTransport } from './session-transport.js';
import { carriedSlot } from './sessions.guard.js';
import { SessionsService } from './sessions.service.js';

const NO_STORE = ['cache-control', 'no-store'] as const;

@ApiTags('Sessions')
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly transport: SessionTransport,
  ) {}

  @Post()
  @Idempotent()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Start a session; the one of a token that comes with the request ends' })
  @ApiHeader({ name: 'Session-Token', required: false, description: 'Of the session that this one replaces' })
  @ApiCreatedResponse({ type: NewSessionAnswerDto })
  @ApiConflictResponse({ description: 'SESSION_LIMIT_REACHED' })
  async create(
    @Body() { cookie, ...input }: CreateSessionDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewSessionAnswerDto> {
    const { token: replaces } = this.transport.carried(request);
    const issued = await this.sessions.create({ ...input, replaces });
    if (cookie) this.transport.give(reply, issued);
    return { token: issued.token, session: SessionDto.from(issued.session) };
  }

  @Get('current')
  @CarriesSession()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Read the session of the request; slides its idle timeout' })
  @ApiOkResponse({ type: SessionAnswerDto, headers: { 'CSRF-Token': { schema: { type: 'string' } } } })
  async current(
    @SessionToken() token: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionAnswerDto> {
    const session = await this.sessions.read(token);
    if (token !== undefined && carriedSlot.get(request)?.byCookie) this.transport.giveCsrfToken(reply, token);
    return { session: SessionDto.from(session) };
  }

  @Patch('current')
  @CarriesSession()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Set and unset fields of the data of the session of the request' })
  @ApiOkResponse({ type: SessionAnswerDto })
  @ApiPayloadTooLargeResponse({ description: 'SESSION_TOO_LARGE' })
  async update(
    @SessionToken() token: string | undefined,
    @Body() change: UpdateSessionDto,
  ): Promise<SessionAnswerDto> {
    return { session: SessionDto.from(await this.sessions.update(token, change)) };
  }

  @Post('current/rotate')
  @HttpCode(200)
  @CarriesSession()
  @Header(...NO_STORE)
  @ApiOperation({
    summary:
      'Give the session another token; the old one works for a short grace, then its use ends the session',
  })
  @ApiOkResponse({ type: NewSessionAnswerDto })
  @ApiConflictResponse({ description: 'SESSION_ALREADY_ROTATED' })
  async rotate(
    @SessionToken() token: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewSessionAnswerDto> {
    const issued = await this.sessions.rotate(token);
    if (carriedSlot.get(request)?.byCookie) this.transport.give(reply, issued);
    return { token: issued.token, session: SessionDto.from(issued.session) };
  }

  @Delete('current')
  @HttpCode(204)
  @CarriesSession()
  @ApiOperation({ summary: 'End the session of the request' })
  @ApiNoContentResponse()
  async logout(
    @SessionToken() token: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.revoke(token);
    if (this.transport.hasCookie(request)) this.transport.take(reply);
  }
}
