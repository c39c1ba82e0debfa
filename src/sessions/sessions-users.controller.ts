import { Controller, Delete, Get, Header, HttpCode, Query } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { IdParam } from '../http/index.js';
import { RevokeSessionsQuery } from './dto/revoke-sessions.query.js';
import { RevokedAnswerDto, SessionsAnswerDto } from './dto/session-answers.dto.js';
import { SessionDto } from './dto/session.dto.js';
import { SessionsService } from './sessions.service.js';

/** A user's sessions, for the user's own list of devices and for administrators. */
@ApiTags('Sessions')
@Controller('v1/users/:userId/sessions')
export class SessionsUsersController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'List the live sessions of a user; never with a token' })
  @ApiOkResponse({ type: SessionsAnswerDto })
  async list(@IdParam('userId') userId: string): Promise<SessionsAnswerDto> {
    return { items: (await this.sessions.list(userId)).map((session) => SessionDto.from(session)) };
  }

  @Delete()
  @ApiOperation({ summary: 'End all sessions of a user, or all but one' })
  @ApiOkResponse({ type: RevokedAnswerDto })
  async revokeAll(
    @IdParam('userId') userId: string,
    @Query() { exceptSessionId }: RevokeSessionsQuery,
  ): Promise<RevokedAnswerDto> {
    return { revoked: await this.sessions.revokeAll(userId, { exceptSessionId }) };
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @ApiOperation({ summary: 'End one session of a user' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'SESSION_NOT_FOUND' })
  async revoke(@IdParam('userId') userId: string, @IdParam('sessionId') sessionId: string): Promise<void> {
    await this.sessions.revokeById(userId, sessionId);
  }
}
