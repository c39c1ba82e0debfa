import { Body, Controller, Delete, Get, Header, HttpCode, Post, Put, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent, IdParam, RequestMark } from '../http/index.js';
import { BoardDto } from './dto/board.dto.js';
import { DefineBoardDto } from './dto/define-board.dto.js';
import { NeighboursQuery } from './dto/neighbours.query.js';
import { QueryRanksDto } from './dto/query-ranks.dto.js';
import { MemberStandingDto, NeighboursDto, RanksDto, TopDto } from './dto/standing.dto.js';
import { SubmissionDto, SubmissionsDto } from './dto/submission.dto.js';
import { SubmitScoreDto, SubmitScoresDto } from './dto/submit-score.dto.js';
import { TopQuery } from './dto/top.query.js';
import { WindowQuery } from './dto/window.query.js';
import { LeaderboardService } from './leaderboard.service.js';

const NO_STORE = ['cache-control', 'no-store'] as const;
const NOT_FOUND = 'LEADERBOARD_NOT_FOUND';
const NOT_RANKED = 'LEADERBOARD_NOT_FOUND or MEMBER_NOT_RANKED';

@ApiTags('Leaderboards')
@Controller('v1/leaderboards/:board')
export class LeaderboardController {
  constructor(private readonly boards: LeaderboardService) {}

  @Put()
  @ApiOperation({ summary: 'Make a leaderboard; of one that is there, change operator or retentionMs' })
  @ApiOkResponse({ type: BoardDto })
  @ApiConflictResponse({ description: 'LEADERBOARD_FIXED' })
  async define(@IdParam('board') name: string, @Body() body: DefineBoardDto): Promise<BoardDto> {
    return { name, ...(await this.boards.define(name, body)) };
  }

  @Get()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Show what a leaderboard is' })
  @ApiOkResponse({ type: BoardDto })
  @ApiNotFoundResponse({ description: NOT_FOUND })
  async show(@IdParam('board') name: string): Promise<BoardDto> {
    return { name, ...(await this.boards.definition(name)) };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a leaderboard with all its scores' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: NOT_FOUND })
  delete(@IdParam('board') name: string): Promise<void> {
    return this.boards.delete(name);
  }

  @Post('scores')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Submit a score to every window of a leaderboard' })
  @ApiOkResponse({ type: SubmissionDto })
  @ApiNotFoundResponse({ description: NOT_FOUND })
  @ApiConflictResponse({ description: 'SCORE_OUT_OF_RANGE' })
  async submit(
    @IdParam('board') board: string,
    @Body() body: SubmitScoreDto,
    @RequestMark() requestId?: string,
  ): Promise<SubmissionDto> {
    return SubmissionDto.from(await this.boards.submit(board, { ...body, requestId }));
  }

  @Post('scores/batch')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    summary: 'Submit up to 1000 scores, one after the other; none if one of them is not valid',
  })
  @ApiOkResponse({ type: SubmissionsDto })
  @ApiNotFoundResponse({ description: NOT_FOUND })
  async submitMany(
    @IdParam('board') board: string,
    @Body() { entries }: SubmitScoresDto,
    @RequestMark() requestId?: string,
  ): Promise<SubmissionsDto> {
    return SubmissionsDto.from(await this.boards.submitMany(board, entries, { requestId }));
  }

  @Get('ranks')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'List the best, page by page' })
  @ApiOkResponse({ type: TopDto })
  @ApiNotFoundResponse({ description: NOT_FOUND })
  async top(@IdParam('board') board: string, @Query() query: TopQuery): Promise<TopDto> {
    return TopDto.from(await this.boards.top(board, query));
  }

  @Post('ranks/query')
  @HttpCode(200)
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Rank some members, such as friends, among all and among themselves' })
  @ApiOkResponse({ type: RanksDto })
  @ApiNotFoundResponse({ description: NOT_FOUND })
  async ranks(
    @IdParam('board') board: string,
    @Body() { members, ...choice }: QueryRanksDto,
  ): Promise<RanksDto> {
    return RanksDto.from(await this.boards.ranks(board, members, choice));
  }

  @Get('members/:member')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Show where a member stands' })
  @ApiOkResponse({ type: MemberStandingDto })
  @ApiNotFoundResponse({ description: NOT_RANKED })
  async member(
    @IdParam('board') board: string,
    @IdParam('member') member: string,
    @Query() query: WindowQuery,
  ): Promise<MemberStandingDto> {
    return MemberStandingDto.from(await this.boards.member(board, member, query));
  }

  @Get('members/:member/neighbours')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'List a member with those around it' })
  @ApiOkResponse({ type: NeighboursDto })
  @ApiNotFoundResponse({ description: NOT_RANKED })
  async neighbours(
    @IdParam('board') board: string,
    @IdParam('member') member: string,
    @Query() query: NeighboursQuery,
  ): Promise<NeighboursDto> {
    return NeighboursDto.from(await this.boards.neighbours(board, member, query));
  }

  @Delete('members/:member')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take a member out of every window' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: NOT_RANKED })
  remove(@IdParam('board') board: string, @IdParam('member') member: string): Promise<void> {
    return this.boards.removeMember(board, member);
  }
}
