import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Idempotent, IdParam } from '../http/index.js';
import { CurrentSession } from './decorators/current-session.decorator.js';
import { RequireSession } from './decorators/require-session.decorator.js';
import { CreateSessionDto } from './dto/create-session.dto.js';
import { NewSessionAnswerDto, RevokedAnswerDto, SessionAnswerDto } from './dto/session-answers.dto.js';
import { SessionDto } from './dto/session.dto.js';
import type { Session } from './session.js';
import { expiredSessionCookie, SESSION_COOKIE, sessionCookie, tokenOf } from './session-transport.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('Sessions')
@Controller('v1')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('sessions')
  @Idempotent()
  @ApiOperation({ summary: 'Start a session' })
  @ApiCreatedResponse({ type: NewSessionAnswerDto })
  async create(
    @Body() { cookie, ...input }: CreateSessionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewSessionAnswerDto> {
    const { token, session } = await this.sessions.create(input);
    const lifeMs = session.absoluteExpiresAt - session.createdAt;
    if (cookie) reply.header('set-cookie', sessionCookie(token, lifeMs));
    reply.header('cache-control', 'no-store');
    return { token, session: SessionDto.from(session) };
  }

  @Get('sessions/current')
  @RequireSession()
  @ApiOperation({ summary: 'Read the session of the request; slides its idle timeout' })
  @ApiOkResponse({ type: SessionAnswerDto })
  current(
    @CurrentSession() session: Session,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): SessionAnswerDto {
    reply.header('cache-control', 'no-store');
    return { session: SessionDto.from(session) };
  }

  @Delete('sessions/current')
  @HttpCode(204)
  @ApiOperation({ summary: 'End the session of the request' })
  @ApiNoContentResponse()
  async logout(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.sessions.revoke(tokenOf(request));
    if (request.headers.cookie?.includes(SESSION_COOKIE)) reply.header('set-cookie', expiredSessionCookie());
  }

  @Delete('users/:userId/sessions')
  @ApiOperation({ summary: 'End all sessions of a user' })
  @ApiOkResponse({ type: RevokedAnswerDto })
  async revokeAll(@IdParam('userId') userId: string): Promise<RevokedAnswerDto> {
    return { revoked: await this.sessions.revokeAll(userId) };
  }
}
