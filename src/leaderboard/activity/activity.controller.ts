import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ValidationFailedError } from '../../errors/index.js';
import { IdParam } from '../../http/index.js';
import { ActivityService } from './activity.service.js';
import { ActiveUsersDto, ActiveUsersQuery } from './dto/active-users.dto.js';
import { MarkDto, MarkedDto } from './dto/mark.dto.js';
import { RetentionDto, RetentionQuery } from './dto/retention.dto.js';

@ApiTags('Activity')
@Controller('v1/activities')
export class ActivityController {
  constructor(private readonly activity: ActivityService) {}

  @Post(':activity/marks')
  @HttpCode(200)
  @ApiOperation({ summary: 'Mark users as active on a day; marked again, they count once' })
  @ApiOkResponse({ type: MarkedDto })
  @ApiConflictResponse({ description: 'ACTIVITY_MODE_CONFLICT' })
  async mark(@IdParam('activity') activity: string, @Body() body: MarkDto): Promise<MarkedDto> {
    const { userId, userIds, at, mode } = body;
    const users = userId ?? userIds;
    // What is null is absent, as everywhere.
    if (!users || (userId && userIds)) {
      throw new ValidationFailedError([
        { path: 'userId', message: 'must be there, or userIds, and not both' },
      ]);
    }
    const options = { at: at ? new Date(at) : undefined, mode };
    const { marked } = await this.activity.mark(activity, users, options);
    return { marked };
  }

  @Get(':activity/active-users')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Count the active users of each day, ISO week or month of a range' })
  @ApiOkResponse({ type: ActiveUsersDto })
  async activeUsers(
    @IdParam('activity') activity: string,
    @Query() range: ActiveUsersQuery,
  ): Promise<ActiveUsersDto> {
    return { items: await this.activity.activeUsers(activity, range) };
  }

  @Get(':activity/retention')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Count how many of the users of a day came back on each day after it' })
  @ApiOkResponse({ type: RetentionDto })
  @ApiConflictResponse({ description: 'ACTIVITY_NOT_EXACT' })
  retention(@IdParam('activity') activity: string, @Query() query: RetentionQuery): Promise<RetentionDto> {
    return this.activity.retention(activity, query);
  }
}
